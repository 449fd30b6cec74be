# Dockerfiles with RUN steps of their own and the same grouped, both built by the classic builder, BuildKit and buildah:
# what capas predicts of the one is measured on the other (tests/engines/rebuild.rs). Archives are
# $WORK/rebuild/BUILDER/PAIR.{steps,grouped}.tar.

build_pairs() {
    local pair name half dir=$WORK/rebuild
    say "$(ls "$HERE"/pairs/*.pair | wc -l) pairs of Dockerfiles, with three builders"
    mkdir -p "$dir"/{classic,buildkit,buildah}
    for pair in "$HERE"/pairs/*.pair; do
        name=$(basename "$pair" .pair)
        sed '/^=== grouped$/,$d' "$pair" >"$dir/$name.steps"
        sed '1,/^=== grouped$/d' "$pair" >"$dir/$name.grouped"
        for half in steps grouped; do
            build_half "$name.$half" "$dir/$name.$half"
        done
    done
}

# $1 name, $2 Dockerfile.
build_half() {
    local dir=$WORK/rebuild
    DOCKER_BUILDKIT=0 docker20 build --network host -q -t "pair:$1" -f "$2" "$WORK/context" >/dev/null
    docker20 save -o "$dir/classic/$1.tar" "pair:$1"
    DOCKER_BUILDKIT=1 docker20 build --network host -q -t "pair:$1" -f "$2" "$WORK/context" >/dev/null
    docker20 save -o "$dir/buildkit/$1.tar" "pair:$1"
    # buildah finds the base under localhost/.
    run_buildah build --isolation chroot --network host --layers --format docker -q -t "localhost/pair:$1" \
        -f "$2" "$WORK/context" >/dev/null
    run_buildah push -q "localhost/pair:$1" "docker-archive:$dir/buildah/$1.tar:localhost/pair:$1"
}
