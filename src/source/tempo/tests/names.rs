//! Services, operations, tags, values, and what the state says of them.

use super::{open, recorded, serving, why};
use crate::model::Names;
use crate::source::asked::{Reply, Server};
use crate::source::backend::Backend as _;

fn tag(name: &str) -> Names {
    Names::TagValues { tag: name.to_owned() }
}

#[tokio::test]
async fn names_come_from_the_second_version_of_the_api() {
    let (server, tempo) = serving(|asked| {
        let body = match &*asked.path {
            "/api/v2/search/tag/resource.service.name/values" => recorded!("real-3.0.3-tag_values_v2_service.json"),
            "/api/v2/search/tag/name/values" => recorded!("real-2.10.8-tag_values_v2_name_filtered.json"),
            "/api/v2/search/tags" => recorded!("real-3.0.3-search_tags_v2.json"),
            "/api/v2/search/tag/.http.response.status_code/values" => {
                recorded!("real-3.0.3-tag_values_v2_statuscode.json")
            }
            "/api/v2/search/tag/.%22my%20key%22/values" => br#"{"tagValues":[{"type":"string","value":"x"}]}"#,
            _ => return None,
        };
        Some(Reply::ok(body))
    })
    .await;
    assert!(tempo.health().await.unwrap().ends_with(" services"));
    let services = tempo.names(&Names::Services).await.unwrap();
    assert!(services.is_sorted() && services.contains(&"checkout".to_owned()), "{services:?}");
    let operations = tempo.names(&Names::Operations { service: "cart".to_owned() }).await.unwrap();
    assert_eq!(operations, ["GET /carts/{id}", "HGETALL"]);
    assert_eq!(server.asked().last().unwrap().query["q"], r#"{ resource.service.name = "cart" }"#);
    assert!(tempo.names(&Names::Tags).await.unwrap().contains(&"http.request.method".to_owned()));
    assert!(tempo.names(&tag("http.response.status_code")).await.unwrap().contains(&"200".to_owned()));
    assert_eq!(tempo.names(&tag("my key")).await.unwrap(), ["x"]);
}

#[tokio::test]
async fn an_older_server_is_asked_as_it_can_be_asked_and_that_is_remembered() {
    let (server, tempo) = serving(|asked| {
        let body = match &*asked.path {
            "/api/search/tag/service.name/values" => recorded!("real-2.7.2-tag-values-v1.json"),
            "/api/search/tag/name/values" => br#"{"tagValues":["b","a"]}"#,
            "/api/search/tags" => recorded!("real-2.7.2-tags-v1.json"),
            _ => return None,
        };
        Some(Reply::ok(body))
    })
    .await;
    assert!(tempo.names(&Names::Services).await.unwrap().contains(&"frontend".to_owned()));
    assert!(tempo.names(&Names::Tags).await.unwrap().contains(&"http.method".to_owned()));
    assert_eq!(tempo.names(&Names::Operations { service: "x".to_owned() }).await.unwrap(), ["a", "b"]);
    let paths: Vec<String> = server.asked().into_iter().map(|asked| asked.path).collect();
    let expected = [
        "/api/v2/search/tag/resource.service.name/values",
        "/api/search/tag/service.name/values",
        "/api/search/tags",
        "/api/search/tag/name/values",
    ];
    assert_eq!(paths, expected);
}

#[tokio::test]
async fn the_tenant_and_the_path_in_front_go_with_every_question() {
    let server = Server::start(|asked| match asked.headers.get("x-scope-orgid").map(String::as_str) {
        Some("team-a|team-b") => Reply::ok(r#"{"tagValues":["only"]}"#),
        _ => Reply::status(401, "no org id\n"),
    })
    .await;
    let tempo = open(&format!("//{}/tempo?tenant=team-a%7Cteam-b", server.address)).unwrap();
    assert_eq!(tempo.health().await.unwrap(), "1 service");
    assert_eq!(server.asked()[0].path, "/tempo/api/v2/search/tag/resource.service.name/values");
    let nobody = open(&format!("//{}", server.address)).unwrap();
    assert!(why(nobody.health().await).contains("tenant=NAME"));
    assert_eq!(tempo.label(), format!("tempo {}/tempo", server.address));
    assert!(open("//h?tenant=a%0Ab").is_err_and(|error| error.contains("the name of a tenant")));
}

#[tokio::test]
async fn what_is_no_tempo_is_told() {
    let (_server, tempo) = serving(|_| None).await;
    assert!(why(tempo.health().await).contains("; is this the right server and path?"));
    let (_server, tempo) = serving(|_| Some(Reply::ok("<html>Grafana"))).await;
    assert!(why(tempo.health().await).contains("not Grafana?"));
}
