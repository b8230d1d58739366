# Outlives a server that is killed, and then kills what its functions left.
# Standard input is a pipe from the server: "+ SESSION" when an environment begins, "- SESSION" when it is over, and its
# end when the server is gone. $1 is the mark of all environments, $2 the directory of their control groups or empty.
# Only processes with the mark, in such a group or in such a session are killed; never by name.
trap '' HUP INT TERM
LC_ALL=C
export LC_ALL
sessions=' '
while read -r change session; do
    case $change in
    +) sessions="$sessions$session " ;;
    -) case $sessions in *" $session "*) sessions="${sessions%%" $session "*} ${sessions#*" $session "}" ;; esac ;;
    esac
done

strays() {
    # The mark within the value of some other variable makes no stray.
    grep -lsF -- "$1" /proc/[0-9]*/environ 2>/dev/null | while IFS=/ read -r _ _ id _; do
        { tr '\0' '\n' <"/proc/$id/environ"; } 2>/dev/null | while read -r variable; do
            case $variable in "$1"*) echo "$id" ;; esac
        done
    done
    if [ -n "$2" ]; then
        cat "$2"/*/cgroup.procs 2>/dev/null
    fi
    if [ "$sessions" != ' ' ]; then
        for file in /proc/[0-9]*/stat; do
            { read -r line <"$file"; } 2>/dev/null || continue
            id=${line%% *}
            set -- ${line##*) }
            case $1 in Z | X) continue ;; esac
            case $sessions in *" $4 "*) echo "$id" ;; esac
        done
    fi
}

tries=0
while [ $tries -lt 200 ]; do
    found=$(strays "$1" "$2")
    [ -n "$found" ] || break
    kill -9 $found 2>/dev/null
    tries=$((tries + 1))
    sleep 0.02 2>/dev/null || sleep 1
done
if [ -n "$2" ]; then
    rmdir "$2"/* "$2" 2>/dev/null
fi
exit 0
