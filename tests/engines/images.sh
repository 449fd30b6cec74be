# What `capas images` says of real stores: dockerd 20.10 with a graph driver, dockerd 26 with containerd's store, podman.
# Each of them is asked what it lists, then images really go, and the disk says what was freed. The checks run here, where
# the engines can be driven, and stop the run where they fail. $1 is the program.

check_images() {
    local capas=$1
    images_of_docker20 "$capas"
    images_of_docker26 "$capas"
    images_of_podman "$capas"
}

# Two answers that must be the same. $1 what, $2 the engine's, $3 ours.
same() {
    [ "$2" = "$3" ] && return
    printf '%s:\n--- engine\n%s\n--- capas\n%s\n' "$1" "$2" "$3" >&2
    return 1
}

# Bytes of all layers of an overlay2 store as docker counts them: each inode once, folders as nothing.
bytes_in() {
    find "$1" -path "$1/*/diff/*" \( -type f -o -type l \) -printf '%i %s\n' | sort -u |
        awk '{ s += $2 } END { print s + 0 }'
}

# What docker prints of all images, as lines that can be compared.
rows='{{.Repository}}:{{.Tag}} {{.ID}} {{.Size}}'

images_of_docker20() {
    local capas=$1 dir="$WORK/images20" D20="$WORK/images20/sock" store before after said id
    store="docker-store:[overlay2@$dir/data]"
    say "capas images of dockerd 20.10"
    start_docker20 "$dir" overlay2
    build_docker20
    docker20 tag child child:second
    ask() { "$capas" images --store "$store" "$@"; }
    freed() { ask --reclaim "$@" --format json | sed -n 's/.*"freedBytes": \([0-9]*\),*/\1/p' | head -n 1; }
    layers() { bytes_in "$dir/data/overlay2"; }

    same "docker images" "$(docker20 images --format "$rows" | sort)" "$(ask --format "$rows" | sort)"
    same "docker images -a" "$(docker20 images -a --format "$rows" | sort)" "$(ask -a --format "$rows" | sort)"
    same "dangling" "$(docker20 images -q -f dangling=true | sort)" "$(ask -q -f dangling=true | sort)"
    same "since" "$(docker20 images -q -f since=everything | sort)" "$(ask -q -f since=everything | sort)"
    same "reference" "$(docker20 images -q -f 'reference=ev*' | sort)" "$(ask -q -f 'reference=ev*' | sort)"
    # Its shared and unique sizes, one row an image.
    same "docker system df -v" \
        "$(docker20 system df -v --format '{{range .Images}}{{println .ID .Size .SharedSize .UniqueSize}}{{end}}' | sed 's/^sha256:\(.\{12\}\)[^ ]*/\1/' | sort -u)" \
        "$(ask --format '{{.ID}} {{.Size}} {{.SharedSize}} {{.UniqueSize}}' | sort -u; echo)"
    # Whoever may not read the store is told the same by the API.
    told() { "$capas" images "$@" --format plain | sort; }
    same "through the API" "$(told --store "$store")" "$(DOCKER_HOST=unix://$D20 told --store docker)"
    same "the tree through the API" "$(ask --tree | sort)" "$(DOCKER_HOST=unix://$D20 "$capas" images --store docker --tree | sort)"

    # BuildKit's cache holds what it built: nothing is freed, and capas says so.
    said=$(freed everything-bk registry.example.com:5000/team/everything:1.0 committed)
    before=$(layers)
    docker20 rmi committed everything-bk registry.example.com:5000/team/everything:1.0 >/dev/null
    after=$(layers)
    same "images in the build cache" "$((before - after))" "$said"
    docker20 builder prune -af >/dev/null

    # A second name, a parent with a child, the child.
    for id in child:second everything child; do
        said=$(freed "$id")
        before=$(layers)
        docker20 rmi "$id" >/dev/null 2>&1
        after=$(layers)
        same "rmi $id" "$((before - after))" "$said"
    done
    # A container blocks; `prune` goes around it.
    id=$(docker20 create --network none --name holding squashed true)
    same "in use" "0" "$(freed squashed)"
    docker20 rmi squashed >/dev/null 2>&1 && { echo "squashed went" >&2; return 1; }
    for id in "" =all; do
        said=$(freed "--prune$id")
        before=$(layers)
        docker20 image prune -f ${id:+-a} >/dev/null
        after=$(layers)
        same "image prune$id" "$((before - after))" "$said"
    done
    same "what is left" "$(docker20 images --format "$rows" | sort)" "$(ask --format "$rows" | sort)"
    [ "$(docker20 images -q | wc -l)" = 1 ] || { echo "not one image is left" >&2; return 1; }
    stop_docker20 "$dir"
}

# containerd counts the files of its snapshots in blocks, as `du` does, and blobs by their length.
images_of_docker26() {
    local capas=$1 root="$TRIXIE/srv/containerd/containerd/daemon" store said before after id
    store="containerd:[$TRIXIE/srv/containerd]"
    say "capas images of dockerd 26 with containerd's store"
    on_disk() { find "$root/io.containerd.content.v1.content/blobs" -type f -printf '%s\n' | awk '{ s += $1 } END { print s + 0 }'; }
    unpacked() { du -cB1 -s "$root"/io.containerd.snapshotter.v1.overlayfs/snapshots/*/fs | tail -n 1 | cut -f1; }
    ask() { "$capas" images --store "$store" "$@"; }
    freed() { ask --reclaim "$@" --format json | sed -n 's/.*"freedBytes": \([0-9]*\),*/\1/p' | head -n 1; }
    same "docker images" "$(docker26 containerd images --format "$rows" | sort)" "$(ask --format "$rows" | sort)"
    same "docker images -a" "$(docker26 containerd images -a --format "$rows" | sort)" "$(ask -a --format "$rows" | sort)"
    for id in base everything heredoc classic; do
        same "history of $id" "$(docker26 containerd history --no-trunc --format '{{.ID}} {{.CreatedBy}} {{.Size}} {{.Comment}}' "$id")" \
            "$("$capas" history --no-trunc --format '{{.ID}} {{.CreatedBy}} {{.Size}} {{.Comment}}' "containerd:[$TRIXIE/srv/containerd]moby/$id")"
        same "files of $id" "$("$capas" tree --format json "$WORK/docker26c/$id.tar" | sed '1,/"view"/d')" \
            "$("$capas" tree --format json "containerd:[$TRIXIE/srv/containerd]moby/$id" | sed '1,/"view"/d')"
    done
    docker26 containerd builder prune -af >/dev/null
    docker26 containerd create --network none --name holding base true >/dev/null
    same "in use" "0" "$(freed base)"
    for id in classic --prune --prune=all; do
        said=$(freed "$id")
        before=$(($(on_disk) + $(unpacked)))
        case $id in
            --prune) docker26 containerd image prune -f >/dev/null ;;
            --prune=all) docker26 containerd image prune -af >/dev/null ;;
            *) docker26 containerd rmi "$id" >/dev/null ;;
        esac
        after=$(($(on_disk) + $(unpacked)))
        same "containerd: $id" "$((before - after))" "$said"
    done
}

images_of_podman() {
    local capas=$1 options="--root $WORK/images-pod/root --runroot $WORK/images-pod/run --storage-driver vfs" id
    local store="containers-storage:[vfs@$WORK/images-pod/root]"
    say "capas images of podman"
    podman $options import -q "$WORK/base.tar" localhost/base >/dev/null 2>"$WORK/import.log"
    printf 'FROM localhost/base\nCOPY a /a\nCOPY inner /inner\n' >"$WORK/archive/Containerfile"
    buildah $options build --isolation chroot --layers -q -t localhost/app -f "$WORK/archive/Containerfile" "$WORK/archive" >/dev/null
    podman $options tag localhost/app localhost/app:second
    same "podman images" "$(podman $options images --format '{{.Repository}}:{{.Tag}} {{.ID}} {{.Size}}' | tr -d ' ' | sort)" \
        "$("$capas" images --store "$store" --format '{{.Repository}}:{{.Tag}} {{.ID}} {{.Size}}' | tr -d ' ' | sort)"
    same "podman images -a" "$(podman $options images -aq | sort -u)" "$("$capas" images --store "$store" -aq | sort -u)"

    # What podman counts: layers by the length of their tars, and the documents of images.
    kept() {
        local layers="$WORK/images-pod/root/vfs-layers/layers.json" documents="$WORK/images-pod/root/vfs-images"
        {
            grep -o '"diff-size":[0-9]*' "$layers" | cut -d: -f2
            find "$documents" -mindepth 2 -type f -printf '%s\n'
        } | awk '{ s += $1 } END { print s + 0 }'
    }
    freed() {
        "$capas" images --store "$store" --reclaim "$@" --format json | sed -n 's/.*"freedBytes": \([0-9]*\),*/\1/p' | head -n 1
    }
    # $1 what capas is asked, the rest: what podman is told.
    removes() {
        local said before id=$1
        shift
        said=$(freed "$id")
        before=$(kept)
        podman $options "$@" >/dev/null 2>&1 || true
        same "podman $*" "$((before - $(kept)))" "$said"
    }
    # Another image on the same base, a dangling one, and a container.
    printf 'FROM localhost/base\nCOPY a /b\nRUN rm /b\n' >"$WORK/archive/Containerfile"
    for id in 1 2; do
        echo "LABEL number=$id" >>"$WORK/archive/Containerfile"
        buildah $options build --isolation chroot --layers -q -t localhost/other -f "$WORK/archive/Containerfile" "$WORK/archive" >/dev/null
    done
    podman $options create --network none --name holding localhost/other true >/dev/null
    removes localhost/app rmi localhost/app
    removes localhost/other rmi localhost/other
    # It was made into others: podman says "Untagged", and its documents go.
    removes localhost/base rmi localhost/base
    removes --prune image prune -f
    removes localhost/app:second rmi localhost/app:second
    removes --prune=all image prune -af
    podman $options rm holding >/dev/null
    removes --prune=all image prune -af
    same "nothing is left" "" "$(podman $options images -aq)"
}
