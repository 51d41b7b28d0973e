//! `uri`: an HTTP request from the host.
use play_core::probe::{HttpRequest, Observation, Probe};
use play_core::touch::{Access, What};
use play_core::{Fault, Module, Plan, Query, Touch, Value, View};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};
use std::collections::BTreeMap;

/// Asks an HTTP server from the host, and fails where the status is not the one expected.
///
/// Later tasks get `status`, `headers`, `content` and, of a JSON answer, `json`. GET and HEAD are sent in checks too; what
/// other methods would answer is not known there. The task itself is never reported as changed; say when it is with
/// `changed_when`.
///
/// # Example
///
/// ```yaml
/// - name: the shop is healthy
///   uri:
///     url: http://127.0.0.1:8080/health
///     status_code: 200
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uri {
    /// Address, http or https.
    pub url: String,
    /// HTTP method.
    #[serde(default = "get")]
    pub method: String,
    /// What is sent: text, or with `body_format: json` any value.
    #[serde(default)]
    pub body: Option<Value>,
    /// How `body` is written.
    #[serde(default)]
    pub body_format: BodyFormat,
    /// Header fields.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Status that is expected, or a list of them.
    #[serde(default)]
    pub status_code: Codes,
    /// Give `content` also where the answer is JSON.
    #[serde(default)]
    pub return_content: bool,
    /// Seconds.
    #[serde(default = "patience")]
    pub timeout: u64,
    /// Follow redirects.
    #[serde(default = "follow")]
    pub follow_redirects: Follow,
    /// Check the server's certificate.
    #[serde(default = "yes")]
    pub validate_certs: bool,
    /// User of basic authentication.
    #[serde(default, alias = "user")]
    pub url_username: Option<String>,
    /// Password of basic authentication.
    #[serde(default, alias = "password")]
    pub url_password: Option<String>,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BodyFormat {
    /// As it is.
    #[default]
    Raw,
    /// JSON, with the header that says so.
    Json,
}

/// Which redirects are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Follow {
    /// All of them.
    All,
    /// Those of GET and HEAD.
    Safe,
    /// None.
    None,
}

/// One status or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Codes {
    One(u16),
    Many(Vec<u16>),
}

impl Default for Codes {
    fn default() -> Self {
        Self::One(200)
    }
}

fn get() -> String {
    "GET".into()
}

fn patience() -> u64 {
    30
}

fn follow() -> Follow {
    Follow::Safe
}

fn yes() -> bool {
    true
}

impl Module for Uri {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let request = self.request()?;
        let reads = matches!(request.method.as_str(), "GET" | "HEAD");
        if view.imagined() && !reads {
            return Ok(Plan::unknown(format!("{} {}", request.method, self.url)));
        }
        let answer = view.ask(&Query::Probe(Probe::Http(request)))?;
        let seen: Observation = serde_json::from_value(answer).map_err(|error| Fault::Bug {
            message: error.to_string(),
        })?;
        let Some(status) = seen.status else {
            return self.amiss(view, format!("{}: {}", self.url, seen.seen));
        };
        let (good, wanted) = match &self.status_code {
            Codes::One(code) => (*code == status, code.to_string()),
            Codes::Many(codes) => (codes.contains(&status), format!("one of {codes:?}")),
        };
        if !good {
            let words = format!(
                "{} answered with status {status}, expected {wanted}",
                self.url
            );
            return self.amiss(view, words);
        }
        Ok(Plan::nothing().with_output(self.output(status, seen)))
    }

    fn touches(&self) -> Vec<Touch> {
        // Who answers may be anything this play sets up before; what it is asked to do may be anything too.
        let reads = matches!(self.method.to_ascii_uppercase().as_str(), "GET" | "HEAD");
        vec![Touch {
            access: if reads { Access::Read } else { Access::Write },
            what: What::Everything,
        }]
    }

    fn settles(&self) -> bool {
        false
    }
}

impl Uri {
    /// In a check, who shall answer may be what this run sets up, here or on another host.
    fn amiss(&self, view: &dyn View, words: String) -> Result<Plan, Fault> {
        if view.imagined() {
            return Ok(Plan::unknown(format!(
                "{} is asked; now: {words}",
                self.url
            )));
        }
        Err(Fault::stated(words))
    }

    fn request(&self) -> Result<HttpRequest, Fault> {
        if !self.url.starts_with("http://") && !self.url.starts_with("https://") {
            return Err(Fault::arguments(format!(
                "url `{}` is neither http:// nor https://",
                self.url
            )));
        }
        let method = self.method.to_ascii_uppercase();
        let mut headers: Vec<(String, String)> = self.headers.clone().into_iter().collect();
        let body = match (&self.body, self.body_format) {
            (None, _) => None,
            (Some(Value::String(text)), BodyFormat::Raw) => Some(text.clone()),
            (Some(Value::String(text)), BodyFormat::Json)
                if serde_json::from_str::<Value>(text).is_ok() =>
            {
                Some(text.clone())
            }
            (Some(value), _) => Some(value.to_string()),
        };
        let typed = headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if body.is_some() && self.body_format == BodyFormat::Json && !typed {
            headers.push(("Content-Type".into(), "application/json".into()));
        }
        let reads = matches!(method.as_str(), "GET" | "HEAD");
        let login = self.url_username.as_ref().map(|user| {
            let password = self.url_password.clone().unwrap_or_default();
            (user.clone(), password)
        });
        Ok(HttpRequest {
            url: self.url.clone(),
            method,
            headers,
            body,
            follow: match self.follow_redirects {
                Follow::All => true,
                Follow::Safe => reads,
                Follow::None => false,
            },
            verify: self.validate_certs,
            login,
            timeout: self.timeout,
        })
    }

    fn output(&self, status: u16, seen: Observation) -> Value {
        let headers: Map<String, Value> = seen
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.into()))
            .collect();
        let kind = headers.get("content-type").and_then(Value::as_str);
        let json = kind
            .is_some_and(|kind| kind.contains("json"))
            .then(|| serde_json::from_str::<Value>(&seen.body).ok())
            .flatten();
        let mut output = json!({ "status": status, "url": self.url, "headers": headers });
        if json.is_none() || self.return_content {
            output["content"] = seen.body.into();
        }
        if let Some(json) = json {
            output["json"] = json;
        }
        output
    }
}
