# dockerd 26 of trixie in a chroot, once with overlay2 (the hybrid layout) and once with containerd's image store.

TRIXIE=$WORK/trixie
D26=$TRIXIE/srv/plain.sock
D26C=$TRIXIE/srv/containerd.sock

# Takes half a minute of downloading; runs in the background.
fetch_trixie() {
    exec mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Retries "3"' \
        --include=docker.io,docker-cli,docker-buildx,buildah,netavark,iptables \
        trixie "$TRIXIE" "${CAPAS_MIRROR:-http://deb.debian.org/debian}" >"$WORK/trixie.log" 2>&1
}

# Until it is there. Again where it failed: a mirror may be in the middle of an update.
await_trixie() {
    for _ in 1 2; do
        wait "$trixie" && return
        say "trixie again: $(tail -n 1 "$WORK/trixie.log")"
        rm -rf --one-file-system "$TRIXIE"
        fetch_trixie &
        trixie=$!
    done
    wait "$trixie"
}

start_docker26() {
    say "dockerd 26, overlay2 and containerd store"
    mkdir -p "$TRIXIE/old"
    cp -r "$WORK/context" "$TRIXIE/srv/context"
    echo '{"features": {"containerd-snapshotter": true}}' >"$TRIXIE/srv/daemon.json"
    cat >"$TRIXIE/srv/start" <<'END'
#!/bin/sh
set -e
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount --rbind /old/sys/fs/cgroup /sys/fs/cgroup
mount --rbind /old/dev /dev
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
umount -l /old
unset TMPDIR
exec "$@"
END
    cat >"$TRIXIE/srv/engine" <<'END'
#!/bin/sh
name=$1
shift
exec dockerd --data-root "/srv/$name" --exec-root "/run/$name" -p "/run/$name.pid" -H "unix:///srv/$name.sock" \
    --bridge=none --iptables=false --ip6tables=false "$@"
END
    chmod +x "$TRIXIE/srv/start" "$TRIXIE/srv/engine"
    start_engine "$D26" "$WORK/d26.log" enter_trixie /srv/engine plain
    DOCKER26_PIDS=$engine
    start_engine "$D26C" "$WORK/d26c.log" enter_trixie /srv/engine containerd --config-file /srv/daemon.json
    DOCKER26_PIDS="$DOCKER26_PIDS $engine"
}

# Its own mounts and processes: what it leaves behind goes with it. dockerd insists on a root that is a mount.
enter_trixie() {
    exec unshare --kill-child -mnp --fork sh -c "
        mount --make-rprivate / && mount --bind '$TRIXIE' '$TRIXIE' && cd '$TRIXIE' && pivot_root . old &&
        exec chroot . /srv/start $*"
}

stop_docker26() {
    local pid
    for pid in ${DOCKER26_PIDS-}; do
        # unshare does not heed SIGTERM; with it go its children, and their mounts with them.
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

# The client of trixie, which has buildx. $1 plain or containerd.
docker26() {
    local store=$1
    shift
    env -u TMPDIR chroot "$TRIXIE" docker -H "unix:///srv/$store.sock" "$@"
}

build_docker26() {
    local store socket
    for store in plain containerd; do
        say "heredocs, COPY --link, both builders: $store"
        socket=$TRIXIE/srv/$store.sock
        import_base "$socket"
        docker26 "$store" build --network host -q -t everything -f /srv/context/Dockerfile.legacy /srv/context
        docker26 "$store" build --network host -q -t heredoc -f /srv/context/Dockerfile.heredoc /srv/context
        DOCKER_BUILDKIT=0 docker26 "$store" build --network host -q -t classic -f /srv/context/Dockerfile.legacy \
            /srv/context 2>"$WORK/classic26-$store.log"
    done
}

save_docker26() {
    local image
    mkdir -p "$WORK/docker26" "$WORK/docker26c"
    for image in base everything heredoc classic; do
        $docker -H "unix://$D26" save -o "$WORK/docker26/$image.tar" "$image"
        list_overlay "$D26" "$image" "$WORK/docker26/$image.list" "$TRIXIE"
        add_case "docker26-$image" full "$WORK/docker26/$image.tar" - "$D26" "$image" "$WORK/docker26/$image.list"
        $docker -H "unix://$D26C" save -o "$WORK/docker26c/$image.tar" "$image"
        list_export "$D26C" "$image" "$WORK/docker26c/$image.list"
        add_case "docker26-containerd-$image" nosize "$WORK/docker26c/$image.tar" - "$D26C" "$image" \
            "$WORK/docker26c/$image.list"
    done
    $docker -H "unix://$D26" save -o "$WORK/docker26/two.tar" base heredoc
    reload "$D26" "$WORK"/docker26/{base,everything,heredoc,classic}.tar
    add_case docker26-two-heredoc full "$WORK/docker26/two.tar" heredoc:latest "$D26" heredoc "$WORK/docker26/heredoc.list"
}

# buildah of trixie knows heredocs, and `--link` not at all. dockerd 20.10 tells the history of what it made.
save_buildah26() {
    local out=$TRIXIE/srv/buildah
    say "heredocs: buildah of trixie"
    mkdir -p "$out"
    cp "$WORK/base.tar" "$TRIXIE/srv/base.tar"
    sed 's/--link //' "$WORK/context/Dockerfile.heredoc" >"$TRIXIE/srv/context/Dockerfile.buildah"
    cat >"$out/go" <<'END'
#!/bin/sh
set -e
b="buildah --root /srv/buildah/root --runroot /srv/buildah/run --storage-driver vfs"
container=$($b from scratch)
$b add -q "$container" /srv/base.tar / >/dev/null
$b config --cmd sh --env PATH=/bin "$container"
$b commit -q --rm "$container" localhost/base >/dev/null
# Without these it asks for the limits of an engine's host, which not every machine grants.
$b build --isolation chroot --network host --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --layers -q \
    -t localhost/heredoc -f /srv/context/Dockerfile.buildah /srv/context >/dev/null
$b push -q localhost/heredoc docker-archive:/srv/buildah/docker.tar:localhost/heredoc:latest
$b push -q localhost/heredoc oci-archive:/srv/buildah/oci.tar:latest
END
    chmod +x "$out/go"
    resealed enter_trixie /srv/buildah/go
    docker20 load -q -i "$out/docker.tar" >/dev/null
    list_overlay "$D20" localhost/heredoc "$out/list"
    add_case buildah-heredoc full "$out/docker.tar" - "$D20" localhost/heredoc "$out/list"
    add_case buildah-heredoc-oci history "$out/oci.tar" - "$D20" localhost/heredoc "$out/list"
}
