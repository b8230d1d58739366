# Starts one environment's program in this very process, in its control group and under its limits.
# $1 control group or empty, $2 kilobytes of data segment or empty; the rest is the program with its arguments.
exec </dev/null 2>&1
if [ -n "$1" ]; then
    echo $$ >"$1/cgroup.procs" || exit 125
fi
ulimit -n 1024 2>/dev/null || :
if [ -n "$2" ]; then
    ulimit -d "$2" 2>/dev/null || :
fi
shift 2
exec "$@"
