# podman, buildah and skopeo: every format that they write, of one image that dockerd made and one of their own.

run_podman() { podman --root "$WORK/pod/root" --runroot "$WORK/pod/run" --storage-driver overlay "$@"; }
run_buildah() { buildah --root "$WORK/pod/root" --runroot "$WORK/pod/run" --storage-driver overlay "$@"; }

import_base_podman() { run_podman import -q -m base "$WORK/base.tar" localhost/base >/dev/null 2>"$WORK/import.log"; }

save_podman() {
    local format image=localhost/everything-bk list=$WORK/docker20/everything-bk.list out=$WORK/podman
    say "podman save in each format"
    mkdir -p "$out"
    run_podman load -q -i "$WORK/docker20/everything-bk.tar" >/dev/null
    for format in docker-archive oci-archive oci-dir docker-dir; do
        run_podman save -q --format "$format" -o "$out/$format" "$image"
    done
    run_podman tag "$image" localhost/second
    run_podman save -q -m -o "$out/multi" "$image" localhost/second
    # The configs of the docker formats are dockerd's own, byte by byte; OCI knows fewer fields.
    add_case podman-docker-archive history "docker-archive:$out/docker-archive" - "$D20" everything-bk "$list"
    add_case podman-docker-dir history "$out/docker-dir" - "$D20" everything-bk "$list"
    add_case podman-oci-archive history "oci-archive:$out/oci-archive" - "$D20" everything-bk "$list"
    add_case podman-oci-dir history "$out/oci-dir" - "$D20" everything-bk "$list"
    add_case podman-multi history "$out/multi" localhost/second:latest "$D20" everything-bk "$list"
}

save_skopeo() {
    local format list=$WORK/docker20/everything-bk.list out=$WORK/skopeo from=docker-archive:$WORK/docker20/everything-bk.tar
    say "skopeo copy: gzip, zstd, zstd:chunked, dir, schema 1"
    mkdir -p "$out"
    skopeo copy -q "$from" "oci:$out/gzip:everything:1"
    skopeo copy -q "$from" "oci-archive:$out/gzip.tar"
    skopeo copy -q --dest-compress-format zstd "$from" "oci:$out/zstd:everything:1"
    skopeo copy -q --dest-compress-format zstd:chunked "$from" "oci:$out/chunked:everything:1"
    skopeo copy -q "$from" "dir:$out/dir"
    skopeo copy -q --format v2s1 "$from" "dir:$out/schema1"
    for format in gzip gzip.tar zstd chunked dir; do
        add_case "skopeo-$format" history "$out/$format" - "$D20" everything-bk "$list"
    done
    add_case skopeo-schema1 tree "$out/schema1" - - - "$list"
    # Unpacked by somebody else than the engine that made it.
    umoci unpack --image "$out/gzip:everything:1" "$out/bundle" >"$WORK/umoci.log" 2>&1
    list "$out/bundle/rootfs" "$out/umoci.list"
    add_case umoci-unpack tree "oci:$out/gzip:everything:1" - - - "$out/umoci.list"
}

# An image that buildah built, in dockerd as well so that dockerd can tell its history.
save_buildah() {
    local out=$WORK/buildah
    say "buildah"
    mkdir -p "$out"
    run_buildah build --isolation chroot --network host --layers --format docker -q -t localhost/buildah \
        -f "$WORK/context/Dockerfile.legacy" "$WORK/context" >/dev/null
    run_buildah push -q localhost/buildah "docker-archive:$out/docker.tar:localhost/buildah:latest"
    run_buildah push -q --format oci localhost/buildah "oci-archive:$out/oci.tar:latest"
    docker20 load -q -i "$out/docker.tar" >/dev/null
    list_overlay "$D20" localhost/buildah "$out/list"
    add_case buildah-docker full "$out/docker.tar" - "$D20" localhost/buildah "$out/list"
    add_case buildah-oci history "$out/oci.tar" - "$D20" localhost/buildah "$out/list"
}
