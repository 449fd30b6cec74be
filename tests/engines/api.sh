# The API of engines whose stores are tested too (stores.sh): dockerd's socket, the same with TLS, and podman's socket,
# which docker's own command line can ask as well.

prepare_api() {
    local options="--root $WORK/pod-overlay/root --runroot $WORK/pod-overlay/run --storage-driver overlay"
    say "podman's API"
    # A stranger must come as far as the sockets.
    chmod 755 "$WORK"
    # shellcheck disable=SC2086 # several options
    podman $options system service -t 0 "unix://$WORK/pod-overlay/api.sock" >"$WORK/podman-api.log" 2>&1 &
    podman_api=$!
    await "$WORK/pod-overlay/api.sock" "$podman_api"
    prepare_tls
}

stop_api() {
    [ -z "${podman_api-}" ] || kill "$podman_api" 2>/dev/null || true
    stop_docker20 "$WORK/tls"
}

# A dockerd that wants to know who asks: keys of its own, in the clear nothing.
prepare_tls() {
    local dir="$WORK/tls" log="$WORK/openssl.log" who
    say "dockerd with TLS"
    mkdir -p "$dir"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout "$dir/ca-key.pem" -out "$dir/ca.pem" 2>>"$log"
    for who in server client; do
        openssl req -newkey rsa:2048 -nodes -subj "/CN=$who" -keyout "$dir/$who-key.pem" -out "$dir/$who.csr" 2>>"$log"
        printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=%sAuth\n' "$who" >"$dir/$who.ext"
        openssl x509 -req -in "$dir/$who.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca-key.pem" -CAcreateserial -days 2 \
            -extfile "$dir/$who.ext" -out "$dir/$who.pem" 2>>"$log"
    done
    mkdir "$dir/client" "$dir/stranger"
    cp "$dir/ca.pem" "$dir/client/ca.pem"
    cp "$dir/client.pem" "$dir/client/cert.pem"
    cp "$dir/client-key.pem" "$dir/client/key.pem"
    cp "$dir/server.pem" "$dir/stranger/ca.pem"
    cp "$dir/client/cert.pem" "$dir/client/key.pem" "$dir/stranger"
    start_engine "$dir/sock" "$dir.log" dockerd --config-file "$WORK/daemon.json" \
        --data-root "$dir/data" --exec-root "$dir/exec" -p "$dir/pid" -H "unix://$dir/sock" \
        -H tcp://127.0.0.1:0 --tlsverify --tlscacert "$dir/ca.pem" --tlscert "$dir/server.pem" \
        --tlskey "$dir/server-key.pem" --storage-driver overlay2 --bridge=none --iptables=false --ip6tables=false
    # The port is one that was free.
    for _ in $(seq 600); do
        sed -n 's/.*API listen on 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$dir.log" >"$dir/port"
        [ ! -s "$dir/port" ] || break
        sleep 0.1
    done
    $docker -H "unix://$dir/sock" load -q -i "$WORK/store-overlay2/saved/child.tar" >/dev/null
}

# How long the API and the stores take beside the engines' own exports. Told, not judged: the machine may have other
# things to do.
time_api() {
    local dir="$WORK/time" socket="$WORK/store-overlay2/sock" capas begin save ours
    local options="--root $WORK/pod-overlay/root --runroot $WORK/pod-overlay/run --storage-driver overlay"
    capas=$HERE/../../target/release/capas
    [ -x "$capas" ] || capas=$HERE/../../target/debug/capas
    [ -x "$capas" ] || return 0
    mkdir -p "$dir"
    head -c 200000000 /dev/urandom >"$dir/random"
    tar -C "$dir" -cf - random | $docker -H "unix://$socket" import - time >/dev/null
    for _ in 1 2 3; do
        begin=$(date +%s%N)
        $docker -H "unix://$socket" save time | cat >/dev/null
        save=$(($(date +%s%N) - begin))
        begin=$(date +%s%N)
        DOCKER_HOST=unix://$socket "$capas" layers docker:time >/dev/null
        ours=$(($(date +%s%N) - begin))
        say "capas through the API: $((ours / 1000000)) ms; docker save | cat: $((save / 1000000)) ms; ratio $((ours * 100 / save)) %"
    done
    begin=$(date +%s%N)
    "$capas" layers "docker-store:[$WORK/store-overlay2/data]time" >/dev/null
    ours=$(($(date +%s%N) - begin))
    say "capas from docker's store: $((ours / 1000000)) ms, $((save / ours)) times as fast as docker save | cat"
    tar -C "$dir" -cf - random | podman $options import -q - localhost/time >/dev/null 2>&1
    begin=$(date +%s%N)
    podman $options save localhost/time 2>/dev/null | cat >/dev/null
    save=$(($(date +%s%N) - begin))
    begin=$(date +%s%N)
    "$capas" layers "containers-storage:[overlay@$WORK/pod-overlay/root]localhost/time" >/dev/null
    ours=$(($(date +%s%N) - begin))
    say "capas from podman's store: $((ours / 1000000)) ms, $((save / ours)) times as fast as podman save"
    podman $options rmi localhost/time >/dev/null
    $docker -H "unix://$socket" image rm time >/dev/null
    rm -rf "$dir"
}
