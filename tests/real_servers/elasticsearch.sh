#!/usr/bin/env bash
# Runs a command beside a real Elasticsearch, whose address it finds in SPANTAIL_ELASTICSEARCH:
#
#     tests/real_servers/elasticsearch.sh cargo test --features real-servers --lib elasticsearch
#
# Elasticsearch comes from Maven Central, where its zip is published up to version 6.2.4; it needs mvn, unzip and a Java
# (17 does). It listens on a free port of loopback, keeps its data in a temporary folder, and is gone with the command.
set -euo pipefail

version=6.2.4
artifact=org/elasticsearch/distribution/zip/elasticsearch
repository=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
zip=$repository/$artifact/$version/elasticsearch-$version.zip
if [ ! -f "$zip" ]; then
    mvn -q -B dependency:get -Dtransitive=false \
        -Dartifact=org.elasticsearch.distribution.zip:elasticsearch:$version:zip
fi

folder=$(mktemp -d)
pid=
stop() {
    if [ -n "$pid" ]; then
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap stop EXIT

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
port=$(free_port)
unzip -q "$zip" -d "$folder"
home=$folder/elasticsearch-$version

cat >"$home/config/elasticsearch.yml" <<YAML
cluster.name: spantail-test
network.host: 127.0.0.1
http.port: $port
transport.tcp.port: $(free_port)
discovery.zen.ping.unicast.hosts: []
bootstrap.system_call_filter: false
YAML

# The options that it ships with are for Java 8.
cat >"$home/config/jvm.options" <<OPTIONS
-Xms256m
-Xmx256m
-Dfile.encoding=UTF-8
-Djava.security.manager=allow
-Dlog4j2.disable.jmx=true
-XX:TieredStopAtLevel=1
--add-opens=java.base/java.io=ALL-UNNAMED
OPTIONS

# It refuses to run as root.
as_whom=()
if [ "$(id -u)" = 0 ]; then
    as_whom=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    chown -R 65534:65534 "$folder"
fi
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
"${as_whom[@]}" env HOME="$folder" JAVA_HOME="$java_home" "$home/bin/elasticsearch" >"$folder/output" 2>&1 &
pid=$!

for _ in $(seq 240); do
    if python3 -c "import socket; socket.create_connection(('127.0.0.1', $port), 1)" 2>/dev/null; then
        SPANTAIL_ELASTICSEARCH=127.0.0.1:$port "$@"
        exit
    fi
    if ! kill -0 "$pid" 2>/dev/null; then
        break
    fi
    sleep 0.5
done
tail -20 "$folder/output" >&2
echo "Elasticsearch did not start" >&2
exit 1
