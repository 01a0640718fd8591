//! Lines of systems that are no loggers, in the table that `dialects` tests.

use super::dialects::Case;

/// Lines of clouds, proxies, databases and the system itself.
pub(super) const SYSTEMS: &[Case] = &[
    // Google Cloud
    (
        r#"{"timestamp":"2024-05-01T12:00:00.5Z","severity":"NOTICE","jsonPayload":{"message":"scaled","component":"scaler","n":3},"logName":"projects/p/logs/x","resource":{"type":"k8s_container","labels":{"container_name":"app"}}}"#,
        (
            Some(1_714_564_800_500_000_000),
            10,
            "app",
            "scaled",
            r#"jsonPayload={"component":"scaler","n":3} logName=projects/p/logs/x resource={"type":"k8s_container","labels":{}}"#,
        ),
    ),
    (
        r#"{"receiveTimestamp":"2024-05-01T12:00:00Z","httpRequest":{"requestMethod":"GET","requestUrl":"http://a/b","status":503,"latency":"1.5s"}}"#,
        (
            Some(1_714_564_800_000_000_000),
            17,
            "",
            "GET http://a/b 503",
            r#"httpRequest={"requestMethod":"GET","requestUrl":"http://a/b","status":503,"latency":"1.5s"}"#,
        ),
    ),
    (
        r#"{"severity":"INFO","message":"up","timestampSeconds":1714564800,"timestampNanos":250000000}"#,
        (Some(1_714_564_800_250_000_000), 9, "", "up", ""),
    ),
    (
        r#"{"timestamp":"2024-05-01T12:00:00Z","protoPayload":{"methodName":"storage.objects.get","n":1},"trace":"projects/p/traces/5b8efff798038103d269b633813fc60c"}"#,
        (
            Some(1_714_564_800_000_000_000),
            0,
            "",
            "storage.objects.get",
            r#"protoPayload={"n":1} trace=projects/p/traces/5b8efff798038103d269b633813fc60c"#,
        ),
    ),
    // Azure Monitor, its tables and the classic names
    (
        r#"{"TimeGenerated":"2024-05-01T12:00:00.25Z","Message":"boom","SeverityLevel":3,"AppRoleName":"checkout","OperationId":"5b8efff798038103d269b633813fc60c","ParentId":"eee19b7ec3c1b174","n":1}"#,
        (Some(1_714_564_800_250_000_000), 17, "checkout", "boom", "n=1"),
    ),
    (
        r#"{"timestamp":"2024-05-01T12:00:00Z","message":"slow","severityLevel":2,"cloud_RoleName":"cart","operation_Id":"5b8efff798038103d269b633813fc60c","operation_ParentId":"eee19b7ec3c1b174"}"#,
        (Some(1_714_564_800_000_000_000), 13, "cart", "slow", ""),
    ),
    (
        r#"{"TimeGenerated":"2024-05-01T12:00:00Z","SyslogMessage":"restarted","SeverityLevel":"err","Computer":"h"}"#,
        (Some(1_714_564_800_000_000_000), 17, "", "restarted", "Computer=h"),
    ),
    // Elastic's names, nested
    (
        r#"{"@timestamp":1714564800250,"log":{"level":"ERROR"},"service":{"name":"web"},"trace":{"id":"5b8efff798038103d269b633813fc60c"},"transaction":{"id":"eee19b7ec3c1b174"},"host":{"name":"h"},"error":{"message":"no","stack_trace":"E: no\n\tat a.b"}}"#,
        (
            Some(1_714_564_800_250_000_000),
            17,
            "web",
            "no",
            r#"host={"name":"h"} error={"stack_trace":"E: no\n\tat a.b"}"#,
        ),
    ),
    // journald, its message once as bytes, once without a priority
    (
        r#"{"_SYSTEMD_UNIT":"badunit.service","MESSAGE":[194,191,72,101,108,108,111,63],"_SOURCE_REALTIME_TIMESTAMP":"1578529839140003","PRIORITY":"5","__CURSOR":"3"}"#,
        (Some(1_578_529_839_140_003_000), 10, "badunit.service", "¿Hello?", "__CURSOR=3"),
    ),
    (
        r#"{ "__REALTIME_TIMESTAMP" : "1534860261221373", "SYSLOG_IDENTIFIER" : "python", "_PID" : "184", "_SYSTEMD_UNIT" : "medusa-GpsLocator.service", "MESSAGE" : "GPS Reference longitude: 7.358143333" }"#,
        (
            Some(1_534_860_261_221_373_000),
            9,
            "python",
            "GPS Reference longitude: 7.358143333",
            "_PID=184 _SYSTEMD_UNIT=medusa-GpsLocator.service",
        ),
    ),
    // MongoDB
    (
        r#"{"t":{"$date":"2026-03-10T20:58:10.004+00:00"},"s":"W",  "c":"STORAGE",  "id":22220,   "ctx":"initandlisten","msg":"Detected unclean shutdown"}"#,
        (Some(1_773_176_290_004_000_000), 13, "STORAGE", "Detected unclean shutdown", "id=22220 ctx=initandlisten"),
    ),
    // Envoy and Istio
    (
        r#"{"start_time":"2024-05-01T12:00:00.000Z","method":"POST","path":"/pay","response_code":404,"duration":3,"upstream_host":"10.0.0.1:80"}"#,
        (
            Some(1_714_564_800_000_000_000),
            13,
            "",
            "POST /pay 404",
            "method=POST path=/pay response_code=404 duration=3 upstream_host=10.0.0.1:80",
        ),
    ),
    // Traefik, whose message is empty
    (
        r#"{"DownstreamStatus":200,"RequestMethod":"GET","RequestPath":"/","level":"info","msg":"","time":"2024-05-01T12:00:00Z"}"#,
        (Some(1_714_564_800_000_000_000), 9, "", "GET / 200", "DownstreamStatus=200 RequestMethod=GET RequestPath=/"),
    ),
    // Cloudflare
    (
        r#"{"ClientRequestHost":"www.ripe.net","ClientRequestMethod":"HEAD","ClientRequestURI":"/","EdgeEndTimestamp":"2022-10-30T00:00:03Z","EdgeResponseStatus":301,"EdgeStartTimestamp":"2022-10-30T00:00:02Z"}"#,
        (
            Some(1_667_088_002_000_000_000),
            9,
            "",
            "HEAD / 301",
            "ClientRequestHost=www.ripe.net ClientRequestMethod=HEAD ClientRequestURI=/ EdgeEndTimestamp=2022-10-30T00:00:03Z EdgeResponseStatus=301",
        ),
    ),
    // GELF
    (
        r#"{"version":"1.1","host":"example.org","short_message":"A short message","full_message":"Backtrace here\n\nmore","timestamp":1385053862.3072,"level":1,"_user_id":9001}"#,
        (
            Some(1_385_053_862_307_200_000),
            19,
            "",
            "A short message",
            "version=1.1 host=example.org full_message=Backtrace here\n\nmore level=1 _user_id=9001",
        ),
    ),
    // logstash, as it once was
    (
        r#"{"@timestamp":"2013-09-06T20:00:49.124817Z", "@fields": { "lvl": "INFO", "msg": "Starting up service" }}"#,
        (Some(1_378_497_649_124_817_000), 9, "", "Starting up service", ""),
    ),
];

/// Entries of Claude Code's transcripts.
pub(super) const TRANSCRIPTS: &[Case] = &[
    (
        r#"{"type":"user","timestamp":"2025-12-24T10:00:00.000Z","sessionId":"s","message":{"role":"user","content":"Create a hello world function"}}"#,
        (
            Some(1_766_570_400_000_000_000),
            0,
            "user",
            "Create a hello world function",
            r#"type=user sessionId=s message={"role":"user","content":"Create a hello world function"}"#,
        ),
    ),
    (
        r#"{"type":"assistant","timestamp":"2025-12-24T10:00:05.000Z","sessionId":"s","message":{"content":[{"type":"text","text":"I'll do that."},{"type":"tool_use","name":"Bash","input":{"command":"ls"}}]}}"#,
        (
            Some(1_766_570_405_000_000_000),
            0,
            "assistant",
            "I'll do that.\nBash {\"command\":\"ls\"}",
            r#"type=assistant sessionId=s message={"content":[{"type":"text","text":"I'll do that."},{"type":"tool_use","name":"Bash","input":{"command":"ls"}}]}"#,
        ),
    ),
    (
        r#"{"type":"user","timestamp":"2025-12-24T10:00:10.000Z","sessionId":"s","message":{"content":[{"type":"tool_result","content":[{"type":"text","text":"no such file"}],"is_error":true}]}}"#,
        (
            Some(1_766_570_410_000_000_000),
            17,
            "user",
            "no such file",
            r#"type=user sessionId=s message={"content":[{"type":"tool_result","content":[{"type":"text","text":"no such file"}],"is_error":true}]}"#,
        ),
    ),
    (
        r#"{"type":"summary","summary":"Test session for JSONL parsing","leafUuid":"test-leaf-uuid"}"#,
        (
            None,
            0,
            "",
            "Test session for JSONL parsing",
            "type=summary summary=Test session for JSONL parsing leafUuid=test-leaf-uuid",
        ),
    ),
];
