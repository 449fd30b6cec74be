# Debian's docker.io (20.10 in bookworm), overlay2: both builders, the legacy layout.

# $1 folder of the daemon, $2 storage driver.
start_docker20() {
    local dir=${1-$WORK/d20}
    say "dockerd $(dockerd --version | cut -d' ' -f3 | tr -d ,), ${2-overlay2}"
    mkdir -p "$dir"
    start_engine "$dir/sock" "$dir.log" dockerd --config-file "$WORK/daemon.json" \
        --data-root "$dir/data" --exec-root "$dir/exec" -p "$dir/pid" \
        -H "unix://$dir/sock" --storage-driver "${2-overlay2}" --bridge=none --iptables=false --ip6tables=false
}

stop_docker20() {
    local pid dir=${1-$WORK/d20}
    [ -f "$dir/pid" ] || return 0
    pid=$(cat "$dir/pid")
    kill "$pid" 2>/dev/null || return 0
    for _ in $(seq 60); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.5
    done
    kill -9 "$pid" 2>/dev/null || true
}

docker20() { $docker -H "unix://$D20" "$@"; }

build_docker20() {
    say "images of the classic builder and of BuildKit, commit, import, squash"
    import_base "$D20"
    DOCKER_BUILDKIT=0 docker20 build --network host -q -t everything -f "$WORK/context/Dockerfile.legacy" \
        --build-arg NAME='x y' "$WORK/context"
    DOCKER_BUILDKIT=0 docker20 build --network host -q -t child -f "$WORK/context/Dockerfile.child" "$WORK/context"
    DOCKER_BUILDKIT=1 docker20 build --network host -q -t everything-bk -f "$WORK/context/Dockerfile.legacy" \
        --build-arg NAME='x y' "$WORK/context"
    docker20 tag everything-bk registry.example.com:5000/team/everything:1.0

    # A commit. Containers cannot run everywhere where builds can, so the change goes in through `docker cp`.
    local id
    id=$(docker20 create --network none everything-bk sh -c 'echo hi > /hi')
    echo copied | tar -cf - -C "$WORK/archive" a | docker20 cp - "$id:/opt"
    docker20 commit -m 'a word about it' -a 'Some One <one@example.com>' -c 'ENV LATE=yes' "$id" committed >/dev/null
    docker20 export "$id" | docker20 import -m 'all in one' - squashed >/dev/null
    docker20 rm "$id" >/dev/null
}

save_docker20() {
    local image
    mkdir -p "$WORK/docker20"
    for image in base everything child everything-bk committed squashed; do
        docker20 save -o "$WORK/docker20/$image.tar" "$image"
        list_overlay "$D20" "$image" "$WORK/docker20/$image.list"
        add_case "docker20-$image" full "$WORK/docker20/$image.tar" - "$D20" "$image" "$WORK/docker20/$image.list"
    done
    docker20 save -o "$WORK/docker20/three.tar" base child everything-bk
    for image in base child everything-bk; do
        add_case "docker20-three-$image" full "$WORK/docker20/three.tar" "$image:latest" "$D20" "$image" \
            "$WORK/docker20/$image.list"
    done
    # By ID: no name in the archive.
    docker20 save -o "$WORK/docker20/nameless.tar" "$(docker20 image inspect -f '{{.Id}}' child)"
    add_case docker20-nameless history "$WORK/docker20/nameless.tar" - "$D20" child "$WORK/docker20/child.list"
    reload "$D20" "$WORK"/docker20/{base,everything,child,everything-bk,committed,squashed}.tar
}
