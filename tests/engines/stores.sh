# Stores on disk of engines that built their images themselves and still know all about them: dockerd with overlay2 and
# with vfs, podman with overlay and with vfs, and podman of a user who is not root. Each image is saved as well. Cases
# are written to $WORK/stores.tsv:
#
#   name  engine  reference  archive  address  name-in-engine
#
# engine is docker (its address a socket) or podman (its address the options that name the store).

add_store() { printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >>"$WORK/stores.tsv"; }

prepare_stores() {
    prepare_docker_store overlay2
    prepare_docker_store vfs
    prepare_podman_store overlay
    prepare_podman_store vfs
    prepare_rootless_store vfs
    prepare_rootless_store overlay
}

stop_stores() {
    stop_docker20 "$WORK/store-overlay2"
    stop_docker20 "$WORK/store-vfs"
    # podman of a user leaves a process behind that holds the user's namespaces.
    local pause
    for pause in "$WORK"/rootless-*/run/libpod/tmp/pause.pid; do
        [ ! -f "$pause" ] || kill "$(cat "$pause")" 2>/dev/null || true
    done
}

# $1 storage driver.
prepare_docker_store() {
    local image id dir="$WORK/store-$1" D20="$WORK/store-$1/sock"
    start_docker20 "$dir" "$1"
    build_docker20
    # Several names; an image that lost its name to another; one that only its children know; one of a single file.
    docker20 tag child registry.example.com:5000/team/child:2
    docker20 tag child child:second
    docker20 tag base taken
    docker20 tag squashed taken
    printf 'FROM base\nRUN rm /bin/ls\nLABEL stage=one\n' | docker20 build --network host -q -t passing - >/dev/null
    printf 'FROM base\nRUN rm /bin/cat\nLABEL stage=two\n' | docker20 build --network host -q -t passing - >/dev/null
    tar -C "$WORK/archive" -cf - a | docker20 import - tiny >/dev/null
    mkdir -p "$dir/saved"
    # Of the many images that only their children know, some.
    for image in $(docker20 images -q --no-trunc -f dangling=true) \
        $(docker20 images -aq --no-trunc | sort -u | head -n 12) \
        base everything child everything-bk committed squashed child:second taken passing tiny; do
        docker20 save -o "$dir/saved/${image/:/-}.tar" "$image"
        add_store "$1-$image" docker "docker-store:[$1@$dir/data]$image" "$dir/saved/${image/:/-}.tar" "$D20" "$image"
    done
    # A container that wrote and overwrote; committed beside, so that what it holds is known.
    id=$(docker20 create --network none --name written everything-bk sh)
    mkdir -p "$dir/change/opt/new" "$dir/change/etc"
    echo new >"$dir/change/opt/new/file"
    ln -f "$dir/change/opt/new/file" "$dir/change/opt/new/linked"
    echo changed >"$dir/change/etc/passwd"
    tar -C "$dir/change" -cf - . | docker20 cp - written:/
    docker20 commit written holding >/dev/null
    docker20 save -o "$dir/saved/holding.tar" holding
    docker20 diff written | sort >"$dir/written.diff"
    say "$id is a container with $(wc -l <"$dir/written.diff") changes"
}

# $1 storage driver.
prepare_podman_store() {
    local image out="$WORK/pod-$1" options="--root $WORK/pod-$1/root --runroot $WORK/pod-$1/run --storage-driver $1"
    say "podman, $1"
    mkdir -p "$out/saved"
    # shellcheck disable=SC2086 # several options
    {
        podman $options load -q -i "$WORK/store-overlay2/saved/everything-bk.tar" >/dev/null
        podman $options load -q -i "$WORK/store-overlay2/saved/everything.tar" >/dev/null
        podman $options load -q -i "$WORK/store-overlay2/saved/child.tar" >/dev/null
        podman $options import -q -m base "$WORK/base.tar" localhost/base >/dev/null 2>"$WORK/import.log"
        buildah $options build --isolation chroot --network host --layers --format docker -q -t localhost/buildah \
            -f "$WORK/context/Dockerfile.legacy" "$WORK/context" >/dev/null
        podman $options tag localhost/buildah quay.io/team/second:3
    }
    for image in localhost/everything-bk localhost/everything localhost/child localhost/base localhost/buildah; do
        # shellcheck disable=SC2086
        podman $options save -q -o "$out/saved/${image#*/}.tar" "$image"
        add_store "podman-$1-${image#*/}" podman \
            "containers-storage:[$1@$WORK/pod-$1/root+$WORK/pod-$1/run]$image" "$out/saved/${image#*/}.tar" "$options" "$image"
    done
}

# The store of a user who is not root: `nobody`, with subordinate IDs in a mount namespace of our own. $1 storage
# driver.
prepare_rootless_store() {
    local dir="$WORK/rootless-$1"
    say "podman of a user, $1"
    mkdir -p "$dir/home" "$dir/run" "$dir/saved" "$dir/etc"
    cp "$WORK/store-overlay2/saved/everything-bk.tar" "$dir/saved/image.tar"
    echo 'nobody:300000:65536' | tee "$dir/etc/subuid" >"$dir/etc/subgid"
    chown -R nobody: "$dir"
    chmod 755 "$WORK"
    cat >"$dir/build" <<END
set -e
mount --bind "$dir/etc/subuid" /etc/subuid
mount --bind "$dir/etc/subgid" /etc/subgid
cd "$dir"
exec setpriv --reuid=nobody --regid=nogroup --clear-groups env -i PATH="\$PATH" HOME="$dir/home" \
    XDG_RUNTIME_DIR="$dir/run" podman --cgroup-manager cgroupfs --storage-driver $1 load -q -i "$dir/saved/image.tar"
END
    if ! unshare -m bash "$dir/build" >"$dir.log" 2>&1; then
        echo "no podman for users here with $1: $(tail -n 1 "$dir.log")" >&2
        return 0
    fi
    add_store "rootless-$1" user "containers-storage:localhost/everything-bk" "$dir/saved/image.tar" "$dir" -
}
