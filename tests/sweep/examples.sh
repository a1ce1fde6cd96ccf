#!/bin/bash
# examples.sh PROGRAM parallel|slurm|kubernetes: the examples of scripts/sweep do what they say: parts
# made by each, put together, are the single run byte for byte. Skipped (77) where the tool is missing.
#
# slurm runs the array as Slurm would by its variables and, where Debian's slurm-wlm is installed, by
# a controller and a node of its own on this machine.
set -euo pipefail

TPUSCOPE=$(realpath "$1")
export TPUSCOPE
scripts=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../scripts/sweep")
folder=$(mktemp -d)
daemons=()
finish() {
  for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"

grid=(swin_t --vary 'passes.layer_group.max_ops=1,2,4,8,16,32' --vary 'precision=f16,int8')
"$TPUSCOPE" sweep "${grid[@]}" --json >single.json

# same FILES...: the parts are the single run.
same() {
  "$TPUSCOPE" sweep --merge "$@" --json | cmp - single.json
}

need() {
  command -v "$1" >/dev/null && return
  echo "skipped: $1 is not installed"
  exit 77
}

example_parallel() {
  need parallel
  "$scripts/parallel" 3 parts "${grid[@]}" >merged.txt
  "$TPUSCOPE" sweep "${grid[@]}" | cmp - merged.txt
  same parts/part-*.jsonl
  # Interrupted parts are gone on from: within a point, and within the header.
  head -n 3 parts/part-1.jsonl | head -c -5 >torn && mv torn parts/part-1.jsonl
  head -c 100 parts/part-2.jsonl >torn && mv torn parts/part-2.jsonl
  "$scripts/parallel" 3 parts "${grid[@]}" | cmp - merged.txt
}

by_variables() {
  local task
  for task in 5 6 7; do
    SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_COUNT=3 \
      bash "$scripts/slurm.sbatch" variables "${grid[@]}"
  done
  same variables/part-*.jsonl
}

by_daemons() {
  local user port=$((20000 + $$ % 20000))
  user=$(id -un)
  mkdir state spool
  cat >slurm.conf <<END
ClusterName=one
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/none
CredType=cred/none
SlurmUser=$user
SlurmdUser=$user
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/controller.pid
SlurmdPidFile=$folder/node.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES State=UP
END
  export SLURM_CONF=$folder/slurm.conf
  slurmctld -D >controller.log 2>&1 &
  daemons+=($!)
  slurmd -D -N "$(hostname -s)" >node.log 2>&1 &
  daemons+=($!)
  local attempt
  for attempt in {1..60}; do
    sinfo --noheader --format=%T 2>/dev/null | grep -q idle && break
    if [[ $attempt == 60 ]]; then
      tail -n 5 controller.log node.log
      return 1
    fi
    sleep 0.5
  done
  timeout 120 sbatch --wait --output=task-%a.log "$scripts/slurm.sbatch" array "${grid[@]}"
  same array/part-*.jsonl
}

example_slurm() {
  by_variables
  if command -v slurmctld >/dev/null && command -v slurmd >/dev/null; then
    by_daemons
  else
    echo "slurm-wlm is not installed: the array ran by its variables alone"
  fi
}

example_kubernetes() {
  need python3
  python3 -c 'import yaml' 2>/dev/null || need python3-yaml
  # What a pod runs, and how many of them, as the manifest says it.
  python3 - "$scripts/kubernetes.yaml" <<'END'
import sys
import yaml

job = yaml.safe_load(open(sys.argv[1]))
assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
spec = job["spec"]
assert spec["completionMode"] == "Indexed"
pod = spec["template"]["spec"]
container = pod["containers"][0]
parts = {entry["name"]: entry["value"] for entry in container["env"]}["PARTS"]
assert int(parts) == spec["completions"]
assert pod["restartPolicy"] in ("OnFailure", "Never")
volumes = {volume["name"] for volume in pod["volumes"]}
assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
shell, flag, command = container["command"]
assert (shell, flag) == ("/bin/sh", "-c")
open("parts", "w").write(parts)
open("command", "w").write(command)
END
  mkdir bin
  ln -s "$TPUSCOPE" bin/tpuscope
  local index parts
  parts=$(cat parts)
  for ((index = 0; index < parts; ++index)); do
    PATH=$PWD/bin:$PATH PARTS=$parts JOB_COMPLETION_INDEX=$index /bin/sh -c "$(cat command)" >/dev/null
  done
  same part-*.jsonl
}

"example_$2"
