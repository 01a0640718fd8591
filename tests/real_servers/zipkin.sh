#!/usr/bin/env bash
# Runs a command with the path of Zipkin's executable jar in SPANTAIL_ZIPKIN_JAR; the tests start it themselves:
#
#     tests/real_servers/zipkin.sh cargo test --features real-servers --lib zipkin
#
# Zipkin comes from Maven Central; it needs mvn and a Java (17 does).
set -euo pipefail

version=${ZIPKIN_VERSION:-3.5.1}
repository=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
jar=$repository/io/zipkin/zipkin-server/$version/zipkin-server-$version-exec.jar
if [ ! -f "$jar" ]; then
    mvn -q -B dependency:get -Dtransitive=false "-Dartifact=io.zipkin:zipkin-server:$version:jar:exec"
fi
SPANTAIL_ZIPKIN_JAR=$jar "$@"
