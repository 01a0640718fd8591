//! Lines of each logger, most of them as its own documentation shows them, and what is made of them. Where samples are
//! others' work, tests/fixtures/SOURCES.md names it.

use super::systems::{SYSTEMS, TRANSCRIPTS};
use super::*;

/// A line, and what is to be read: time, number of the severity, service, message, the other fields.
pub(super) type Case = (&'static str, (Option<i64>, u8, &'static str, &'static str, &'static str));

const NODE: &[Case] = &[
    // pino
    (
        r#"{"level":30,"time":1531171082399,"msg":"hello child!","pid":657,"hostname":"Davids-MBP-3.fritz.box","a":"property"}"#,
        (Some(1_531_171_082_399_000_000), 9, "", "hello child!", "pid=657 hostname=Davids-MBP-3.fritz.box a=property"),
    ),
    (
        r#"{"level":"info","time":1745532517537,"pid":17,"trace_flags":"01","service.name":"payment","request":{"amount":{"units":{"low":513}}},"msg":"Charge request received."}"#,
        (
            Some(1_745_532_517_537_000_000),
            9,
            "payment",
            "Charge request received.",
            r#"pid=17 trace_flags=01 request={"amount":{"units":{"low":513}}}"#,
        ),
    ),
    (
        r#"{"level":50,"time":"2025-03-01T10:00:00.5Z","name":"api","err":{"type":"TypeError","message":"x is null","stack":"TypeError: x is null\n    at f (a.js:1:2)"},"msg":"x is null"}"#,
        (
            Some(1_740_823_200_500_000_000),
            17,
            "api",
            "x is null",
            r#"err={"type":"TypeError","message":"x is null","stack":"TypeError: x is null\n    at f (a.js:1:2)"}"#,
        ),
    ),
    // pino-http without a message
    (
        r#"{"level":30,"time":1531171082399,"req":{"id":1,"method":"GET","url":"/cart"},"res":{"statusCode":200},"responseTime":3}"#,
        (
            Some(1_531_171_082_399_000_000),
            9,
            "",
            "GET /cart 200",
            r#"req={"id":1,"method":"GET","url":"/cart"} res={"statusCode":200} responseTime=3"#,
        ),
    ),
    // bunyan
    (
        r#"{"name":"aclientreq","hostname":"danger0.local","pid":23280,"level":10,"client_req":{"method":"GET","url":"/--ping"},"msg":"request sent","time":"2016-02-10T07:28:40.510Z","v":0}"#,
        (
            Some(1_455_089_320_510_000_000),
            1,
            "aclientreq",
            "request sent",
            r#"hostname=danger0.local pid=23280 client_req={"method":"GET","url":"/--ping"} v=0"#,
        ),
    ),
    (
        r#"{"name":"myservice","pid":123,"hostname":"example.com","level":55,"msg":"My message","time":"2012-02-08T22:56:55.856Z","v":0}"#,
        (Some(1_328_741_815_856_000_000), 17, "myservice", "My message", "pid=123 hostname=example.com v=0"),
    ),
    // winston
    (
        r#"{"level":"warn","message":"disk almost full","timestamp":"2024-05-01T12:00:00.000Z","service":"api","stack":"Error: x\n    at y"}"#,
        (Some(1_714_564_800_000_000_000), 13, "api", "disk almost full", "stack=Error: x\n    at y"),
    ),
];

const GO: &[Case] = &[
    // zap, for production and for development
    (
        r#"{"level":"info","ts":1761019822.316192,"logger":"admin","msg":"admin endpoint started","address":"localhost:2019","enforce_origin":false}"#,
        (
            Some(1_761_019_822_316_192_000),
            9,
            "admin",
            "admin endpoint started",
            "address=localhost:2019 enforce_origin=false",
        ),
    ),
    (
        r#"{"L":"DPANIC","T":"2024-05-01T12:00:00.000Z","N":"db","C":"db/pool.go:7","M":"no pool","S":"main.main\n\tmain.go:3"}"#,
        (Some(1_714_564_800_000_000_000), 18, "db", "no pool", "C=db/pool.go:7 S=main.main\n\tmain.go:3"),
    ),
    // Caddy
    (
        r#"{"level":"error","ts":1716723772.6014807,"logger":"http.log.access.log17","msg":"handled request","request":{"method":"GET","uri":"/x"},"status":502}"#,
        (
            Some(1_716_723_772_601_480_700),
            17,
            "http.log.access.log17",
            "handled request",
            r#"request={"method":"GET","uri":"/x"} status=502"#,
        ),
    ),
    // logrus: the old time, and a field that clashes with its own
    (
        r#"{"level":"warning","msg":"The group's number increased tremendously!","number":122,"omg":true,"time":"2014-03-10 19:57:38.562471297 -0400 EDT"}"#,
        (Some(1_394_495_858_562_471_297), 13, "", "The group's number increased tremendously!", "number=122 omg=true"),
    ),
    (
        r#"{"fields.level":"boss","fields.msg":"mine","fields.time":3,"level":"panic","msg":"clash","time":"2024-05-01T12:00:00Z"}"#,
        (Some(1_714_564_800_000_000_000), 21, "", "clash", "fields.level=boss fields.msg=mine fields.time=3"),
    ),
    // slog
    (
        r#"{"time":"2024-05-01T12:00:00.123456789Z","level":"INFO+2","source":{"function":"main.main","file":"main.go","line":9},"msg":"hello","n":1}"#,
        (
            Some(1_714_564_800_123_456_789),
            11,
            "",
            "hello",
            r#"source={"function":"main.main","file":"main.go","line":9} n=1"#,
        ),
    ),
    // zerolog
    (
        r#"{"level":"error","error":"connection refused","caller":"db.go:12","time":1714564800}"#,
        (Some(1_714_564_800_000_000_000), 17, "", "connection refused", "error=connection refused caller=db.go:12"),
    ),
    // klog
    (
        r#"{"ts":1580306777040.728,"caller":"eventhandlers.go:142","msg":"Pod status updated","v":0,"pod":{"name":"coredns"}}"#,
        (
            Some(1_580_306_777_040_728_000),
            9,
            "",
            "Pod status updated",
            r#"caller=eventhandlers.go:142 v=0 pod={"name":"coredns"}"#,
        ),
    ),
    (
        r#"{"ts":1580306777.04728,"caller":"kubelet.go:7","msg":"Failed to update pod status","err":"timeout"}"#,
        (Some(1_580_306_777_047_280_000), 17, "", "Failed to update pod status", "caller=kubelet.go:7 err=timeout"),
    ),
    // hclog: Terraform, Vault, Consul, Nomad
    (
        r#"{"@level":"debug","@message":"adding plugin","@module":"provider","@timestamp":"2024-05-01T12:00:00.000000Z","path":"/p"}"#,
        (Some(1_714_564_800_000_000_000), 5, "provider", "adding plugin", "path=/p"),
    ),
];

const RUST_AND_PYTHON: &[Case] = &[
    // tracing-subscriber, without a message as well
    (
        r#"{"timestamp":"2022-02-15T18:47:10.821495Z","level":"TRACE","fields":{"message":"hello! I'm gonna shave a yak","excitement":"yay!"},"target":"fmt_json::yak_shave","spans":[{"yaks":3,"name":"shaving_yaks"},{"yak":1,"name":"shave"}]}"#,
        (
            Some(1_644_950_830_821_495_000),
            1,
            "fmt_json::yak_shave",
            "hello! I'm gonna shave a yak",
            r#"fields={"excitement":"yay!"} spans=[{"yaks":3,"name":"shaving_yaks"},{"yak":1,"name":"shave"}]"#,
        ),
    ),
    (
        r#"{"timestamp":"2022-02-15T18:47:10.821598Z","level":"DEBUG","fields":{"yak":1,"shaved":true},"target":"yak_events"}"#,
        (Some(1_644_950_830_821_598_000), 5, "yak_events", "yak=1 shaved=true", r#"fields={"yak":1,"shaved":true}"#),
    ),
    // structlog
    (
        r#"{"event": "hello", "logger": "test", "level": "warning", "timestamp": "2017-03-06T07:39:09.518720Z"}"#,
        (Some(1_488_785_949_518_720_000), 13, "test", "hello", ""),
    ),
    (
        r#"{"exception": "Traceback (most recent call last):\n  File \"x\"\nValueError: y", "event": "boom", "level": "error"}"#,
        (None, 17, "", "boom", "exception=Traceback (most recent call last):\n  File \"x\"\nValueError: y"),
    ),
    // python-json-logger
    (
        r#"{"asctime": "2024-05-01 12:00:00,250", "name": "shop.cart", "levelname": "ERROR", "message": "no stock", "exc_info": "Traceback:\nKeyError"}"#,
        (Some(1_714_564_800_250_000_000), 17, "shop.cart", "no stock", "exc_info=Traceback:\nKeyError"),
    ),
];

const JVM_AND_NET: &[Case] = &[
    // Log4j 2, JsonLayout
    (
        r#"{"instant":{"epochSecond":1493121664,"nanoOfSecond":118000000},"thread":"main","level":"INFO","loggerName":"HelloWorld","marker":{"name":"child"},"message":"Hello, world!","threadId":1}"#,
        (
            Some(1_493_121_664_118_000_000),
            9,
            "HelloWorld",
            "Hello, world!",
            r#"thread=main marker={"name":"child"} threadId=1"#,
        ),
    ),
    (
        r#"{"timeMillis":1493121664118,"thread":"main","level":"FATAL","loggerName":"H","message":"x","thrown":{"message":"no","name":"E"}}"#,
        (Some(1_493_121_664_118_000_000), 21, "H", "x", r#"thread=main thrown={"message":"no","name":"E"}"#),
    ),
    // logback with logstash's encoder
    (
        r#"{"@timestamp":"2024-05-01T12:00:00.000+02:00","@version":"1","message":"slow","logger_name":"c.e.Cart","thread_name":"main","level":"WARN","level_value":30000,"stack_trace":"java.lang.E: x\n\tat a.b"}"#,
        (
            Some(1_714_557_600_000_000_000),
            13,
            "c.e.Cart",
            "slow",
            "@version=1 thread_name=main level_value=30000 stack_trace=java.lang.E: x\n\tat a.b",
        ),
    ),
    // Elastic's loggers, dotted and nested
    (
        r#"{"@timestamp":"2020-02-24T08:34:47.886Z", "log.level": "INFO", "message":"Hello, world!", "process.thread.name":"main","log.logger":"com.example.Removeme","error.type":"java.lang.RuntimeException"}"#,
        (
            Some(1_582_533_287_886_000_000),
            9,
            "com.example.Removeme",
            "Hello, world!",
            "process.thread.name=main error.type=java.lang.RuntimeException",
        ),
    ),
    (
        r#"{"@timestamp":"2025-01-13T09:58:13.633Z","log.level":"warning","message":"this is num=83","ecs.version":"1.6.0","log":{"logger":"app","origin":{"function":"main"}},"process":{"pid":9159}}"#,
        (
            Some(1_736_762_293_633_000_000),
            13,
            "app",
            "this is num=83",
            r#"ecs.version=1.6.0 log={"origin":{"function":"main"}} process={"pid":9159}"#,
        ),
    ),
    // Serilog: CLEF, and its older JSON
    (
        r#"{"@t":"2016-06-07T03:44:57.8532799Z","@mt":"Hello, {User}","User":"nblumhardt"}"#,
        (Some(1_465_271_097_853_279_900), 9, "", "Hello, nblumhardt", "User=nblumhardt"),
    ),
    (
        r#"{"@t":"2016-06-07T03:44:57.8532799Z","@m":"Hello, \"nblumhardt\"","@mt":"Hello, {User}","@i":"7a8b9c0d","@l":"Warning","@x":"System.E: x\n   at A.B()"}"#,
        (
            Some(1_465_271_097_853_279_900),
            13,
            "",
            "Hello, \"nblumhardt\"",
            "@mt=Hello, {User} @i=7a8b9c0d @x=System.E: x\n   at A.B()",
        ),
    ),
    (
        r#"{"@t":"2016-06-07T03:44:57Z","@mt":"Took {Ms:000} for {@@Odd}{{}}","@r":["007"],"Ms":7,"@@Odd":1}"#,
        (Some(1_465_271_097_000_000_000), 9, "", "Took 007 for {@@Odd}{}", r#"@r=["007"] Ms=7 @@Odd=1"#),
    ),
    (
        r#"{"Timestamp":"2024-05-01T12:00:00Z","Level":"Error","MessageTemplate":"No {Item}","Properties":{"Item":"tea","SourceContext":"Shop"}}"#,
        (Some(1_714_564_800_000_000_000), 17, "", "No tea", r#"Properties={"Item":"tea","SourceContext":"Shop"}"#),
    ),
    // .NET's console formatter
    (
        r#"{"Timestamp":"2024-05-01T12:00:00Z","EventId":14,"LogLevel":"Information","Category":"Microsoft.Hosting.Lifetime","Message":"Now listening","State":{"address":"http://[::]"}}"#,
        (
            Some(1_714_564_800_000_000_000),
            9,
            "Microsoft.Hosting.Lifetime",
            "Now listening",
            r#"EventId=14 State={"address":"http://[::]"}"#,
        ),
    ),
];

#[test]
fn every_logger_is_understood() {
    let all = [NODE, GO, RUST_AND_PYTHON, JVM_AND_NET, SYSTEMS, TRANSCRIPTS];
    for (line, (time, severity, service, message, fields)) in all.into_iter().flatten() {
        let reading = read(json(), line.as_bytes());
        assert_eq!(reading.facts.time, *time, "{line}");
        assert_eq!(reading.facts.severity.number(), *severity, "{line}");
        assert_eq!(reading.facts.service.unwrap_or_default(), service.as_bytes(), "{line}");
        assert_eq!(reading.message, *message, "{line}");
        assert_eq!(shown(&reading.fields), *fields, "{line}");
        assert_eq!(parse(line), reading.facts, "{line}");
    }
}

#[test]
fn a_doubled_at_sign_is_a_single_one() {
    let line = br#"{"@t":"2016-06-07T03:44:57Z","@m":"x","@@Odd":1}"#;
    for key in ["@Odd", "@@Odd"] {
        assert_eq!(crate::parse::field(json(), line, key), Some(Value::Int(1)), "{key}");
    }
}
