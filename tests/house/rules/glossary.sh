# Titles explain themselves or stand in the glossary: each title of a column, a step of the
# waterfall or a section of a page is a term of docs/glossary.md, or one of the plain words below.
source "$(dirname "$0")/../lib.sh"

# English and units that mean here what they mean everywhere, and words that a sentence beside the
# table completes.
plain='
%|good rows|within 1.2×|without prediction|5 % less|5 % more|n·c·d·h·w|to |address|after|alive|attributed by|base|baseline|because|before|best|by|bytes|bytes per lane|change|changed the graph
compiler|compiler'"'"'s group|conflicts|constant|count|count of|definitions|differs|ends because|figure|figures|file|first|from|gate
half of them|here|hidden|how far it is off|is|length|less time|lines|marks|match|meaning|measured|measured ms|measured rows|members|model
moved|moved here|name|net|now|number|number of the chip|of the run|only|operators|ops that they concern|other sizes, planned anew
pairs|parameters|parts|pattern|peak per lane|groups chosen by real times|points|precisions and presets|predicted
predicted against measured|predicted ms|rank|range|ratio|read|reason|rounds|rows|rows in|schedule|size|slower by|so far|source
tensor|bdc resumes with|the run|then|time|there|time of one|times|to|tokens|too much per lane|total|tpuscope|type|value|value [range]
what differs|what if|what it did|what it is|what the passes give|what to try|what to try next|what would help
why not in one group with its neighbours|written for|groups and passes|rules without local-memory support|switches that are off
networks that are furthest off|conflict|weights and cache|80 % lie in|sensitivity to|cumul.|bandwidth|bdc cycles|passes|start|switches
cause|way|nets|by context|largest context|other ways to run it|tokens decoded together
'

# The glossary's words: "load, store" are two, "(of bytes)" is none.
terms=$(grep -E '^\| ' docs/glossary.md | sed -E 's/^\| ([^|]*) \|.*/\1/; s/ \([^)]*\)//g; s/`//g' |
  sed 's/, /\n/g' | tr '[:upper:]' '[:lower:]')
plain_words=$(tr '|' '\n' <<<"$plain")

is_known() {
  local word form
  word=$(tr '[:upper:]' '[:lower:]' <<<"$1")
  if grep -qxF -- "$word" <<<"$plain_words"; then return; fi
  for form in "$word" "${word%s}" "${word%ies}y" "$word time"; do
    if grep -qxF -- "$form" <<<"$terms"; then return; fi
  done
  return 1
}

titles() {
  local files
  mapfile -t files < <(sources cli profiles)
  if [[ ${#files[@]} -gt 0 ]]; then
    grep -HnoE '\.title = "[^"]+"' "${files[@]}" | sed -E 's/\.title = "(.*)"$/\1/' || true
  fi
  if [[ -f profiles/report/waterfall.cpp ]]; then
    grep -HnoE '^    \{"[a-z_]+", "[^"]+"' profiles/report/waterfall.cpp | sed -E 's/:    \{"[a-z_]+", "(.*)"$/:\1/'
  fi
  if [[ -d profiles/pages ]]; then
    # Columns have short names in small letters; longer titles are tips. Sections stand in headings.
    grep -rHnoE "\btitle: '[a-zA-Z· ]{1,24}'" profiles/pages | sed -E "s/title: '(.*)'$/\1/" |
      grep -E ':[a-z]|:[A-Z]{3}' || true
    grep -rHnoE "(tile\(|'(h3|dt)', \{\}, )'[^']+'" profiles/pages | sed -E "s/^([^:]*:[0-9]+:).*'([^']+)'$/\1\2/" || true
    grep -rHnoE '<h2[^>]*>[^<]+' profiles/pages | sed -E 's/<h2[^>]*>//' || true
  fi
}

while IFS= read -r found; do
  title=${found#*:*:}
  place=${found%":$title"}
  if [[ -n $title ]] && ! is_known "$title"; then
    offence "$place: \"$title\" is no term of docs/glossary.md"
  fi
done < <(titles)
finish
