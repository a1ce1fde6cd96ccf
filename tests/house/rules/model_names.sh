# What a network is called decides nothing: no string in the code that reads, rewrites or times
# networks holds the name of one.
source "$(dirname "$0")/../lib.sh"

mapfile -t files < <(sources base graph sim passes)
forbid "the code asks for a network's name" \
  '"[^"]*(swin|resnet|yolo|bert_|centernet|retinaface|lprnet|openpose)[^"]*"' "${files[@]}"
finish
