# What the engine scripts share. WORK is a temporary folder; cases are written to $WORK/cases.tsv:
#
#   name  kind  reference  --image  socket  name-in-engine  listing
#
# kind says what the archive can be held to (tests/engines.rs): full, nosize, history or tree. `-` is nothing.

docker=/usr/bin/docker

say() { printf '\n== %s\n' "$*" >&2; }

add_case() { printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >>"$WORK/cases.tsv"; }

# Runs a command, again where buildah could not seal the copy of itself that it starts for each RUN of a build: now and
# then the kernel refuses (EBUSY) since something holds a page of that copy for a moment. Any other failure is one.
resealed() {
    local status errors
    errors=$(mktemp "$WORK/errors.XXXX")
    for _ in 1 2 3 4 5; do
        status=0
        ("$@") 2>"$errors" || status=$?
        cat "$errors" >&2
        [ $status != 0 ] && grep -q 'sealing memfd copy' "$errors" || break
    done
    rm -f "$errors"
    return $status
}

buildah() { resealed command buildah "$@"; }

# What `stat` and `readlink` say of every file below a folder, for tests/engines.rs.
list() {
    (cd "$1" && find . -mindepth 1 -printf '%y\t%m\t%U\t%G\t%s\t%T@\t%n\t%i\t%P\0%l\0') >"$2"
}

# The listing of an image of an overlay2 store, through an overlay mount of its own. $1 socket, $2 image,
# $3 listing, $4 where the engine's root directory is.
list_overlay() {
    local upper lower mount="$WORK/mnt"
    upper=$($docker -H "unix://$1" image inspect -f '{{.GraphDriver.Data.UpperDir}}' "$2")
    lower=$($docker -H "unix://$1" image inspect -f '{{with index .GraphDriver.Data "LowerDir"}}{{.}}{{end}}' "$2")
    mkdir -p "$mount"
    if [ -n "$lower" ]; then
        mount -t overlay -o "ro,lowerdir=${4-}$upper:${4-}${lower//:/:${4-}}" overlay "$mount"
    else
        mount --bind "${4-}$upper" "$mount"
    fi
    list "$mount" "$3"
    umount "$mount"
}

# The listing of an image through `docker export`, unpacked by tar. $1 socket, $2 image, $3 listing.
list_export() {
    local id dir="$WORK/export"
    id=$($docker -H "unix://$1" create --network none "$2" true)
    rm -rf "$dir" && mkdir "$dir"
    $docker -H "unix://$1" export "$id" | tar -C "$dir" --numeric-owner --same-permissions -xf -
    $docker -H "unix://$1" rm "$id" >/dev/null
    list "$dir" "$3"
    rm -rf "$dir"
}

# Forgets all images and loads archives: an engine knows of a loaded image what its archive can say. Of an image that
# it built itself it knows parents, and BuildKit's layers count without the lengths of their symlinks there, while
# the same layers count with them once they are loaded or pulled. $1 socket, $2... archives.
reload() {
    local socket=$1 archive
    shift
    $docker -H "unix://$socket" image prune -af >/dev/null
    $docker -H "unix://$socket" builder prune -af >/dev/null
    for archive; do $docker -H "unix://$socket" load -q -i "$archive" >/dev/null; done
}

# Waits for an engine to answer, as long as it runs. $1 socket, $2 process.
await() {
    for _ in $(seq 1200); do
        $docker -H "unix://$1" version >/dev/null 2>&1 && return
        kill -0 "$2" 2>/dev/null || break
        sleep 0.5
    done
    echo "no engine answers at $1" >&2
    return 1
}

# Starts a dockerd; its process is `$engine`. Again where it had no patience with its containerd, to which it gives 15
# seconds: a busy machine may need more. $1 socket, $2 log, $3... command.
start_engine() {
    local socket=$1 log=$2
    shift 2
    for _ in 1 2 3; do
        "$@" >"$log" 2>&1 &
        engine=$!
        await "$socket" "$engine" && return
        grep -q 'timeout waiting for containerd to start' "$log" || break
    done
    return 1
}

# The build context, and a small base: busybox and its links.
make_context() {
    cp -r "$HERE/context" "$WORK/context"
    mkdir -p "$WORK/archive/inner/more"
    echo a >"$WORK/archive/a"
    echo b >"$WORK/archive/inner/b"
    echo c >"$WORK/archive/inner/more/c"
    tar -C "$WORK/archive" -czf "$WORK/context/archive.tar.gz" .

    local root="$WORK/base" applet
    mkdir -p "$root"/{bin,etc,tmp,var,root,opt,usr/bin}
    chmod 1777 "$root/tmp"
    cp /bin/busybox "$root/bin/busybox"
    for applet in $(/bin/busybox --list); do
        [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
    done
    ln "$root/bin/busybox" "$root/usr/bin/busybox"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
    tar -C "$root" --numeric-owner --owner=0 --group=0 -cf "$WORK/base.tar" .
}

# The base of all builds. $1 socket.
import_base() {
    $docker -H "unix://$1" import -m 'a small base' -c 'CMD ["sh"]' -c 'ENV PATH=/bin' - base <"$WORK/base.tar" >/dev/null
}
