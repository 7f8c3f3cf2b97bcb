//! Tokens that must not be believed.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{DecodePrivateKey, EncodePublicKey, LineEnding};
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use crate::client::Client;

/// A token with its parts taken apart.
#[derive(Clone, Debug)]
pub struct Token {
    pub header: Value,
    pub claims: Value,
}

/// A token and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Bad {
    pub what: &'static str,
    pub token: String,
    /// Whether PostgREST and Storage must see that it is bad too. They do not look at `iss` and `aud`,
    /// since the project's key signs for nobody else.
    pub everywhere: bool,
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

impl Token {
    /// # Panics
    /// When it is no JWT.
    pub fn read(token: &str) -> Self {
        let mut parts = token
            .split('.')
            .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap_or_default()));
        let mut next = || parts.next().expect("no JWT").expect("a JWT without JSON");
        Self {
            header: next(),
            claims: next(),
        }
    }

    fn with(&self, claim: &str, value: Value) -> Self {
        let mut token = self.clone();
        token.claims[claim] = value;
        token
    }

    fn without(&self, claim: &str) -> Self {
        let mut token = self.clone();
        token
            .claims
            .as_object_mut()
            .expect("claims are no object")
            .remove(claim);
        token
    }

    fn data(&self) -> String {
        format!("{}.{}", encode(&self.header), encode(&self.claims))
    }

    fn es256(&self, key: &SigningKey) -> String {
        let signature: Signature = key.sign(self.data().as_bytes());
        format!(
            "{}.{}",
            self.data(),
            URL_SAFE_NO_PAD.encode(signature.to_bytes())
        )
    }

    /// Of parts as they are spelled: a JSON value can't hold a member twice.
    fn spelled(header: &str, claims: &str, key: &SigningKey) -> String {
        let data = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let signature: Signature = key.sign(data.as_bytes());
        format!("{data}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    fn hs256(&self, secret: &[u8]) -> String {
        let mut token = self.clone();
        token.header["alg"] = "HS256".into();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes any key");
        mac.update(token.data().as_bytes());
        format!(
            "{}.{}",
            token.data(),
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        )
    }
}

/// Signs as the local project does, so that a claim alone can be wrong.
enum Project {
    Es256(Box<SigningKey>),
    Hs256(Vec<u8>),
}

impl Project {
    fn of(client: &Client, token: &Token) -> Self {
        if token.header["alg"] == "HS256" {
            let secret = client
                .system
                .addresses
                .jwt_secret
                .clone()
                .expect("dev.json names no jwt_secret");
            return Self::Hs256(secret.into_bytes());
        }
        let dev_json =
            PathBuf::from(std::env::var_os("OMEGA_DEV_JSON").expect("OMEGA_DEV_JSON is not set"));
        let file = dev_json
            .parent()
            .unwrap_or(Path::new("."))
            .join("supabase/keys.json");
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| {
            panic!("the local project's keys, {}: {error}", file.display())
        });
        let keys: Value = serde_json::from_str(&text).expect("keys.json is no JSON");
        let key = SigningKey::from_pkcs8_pem(
            keys["signing_key"]
                .as_str()
                .expect("keys.json holds no signing key"),
        )
        .expect("no P-256 key");
        Self::Es256(Box::new(key))
    }

    fn sign(&self, token: &Token) -> String {
        match self {
            Self::Es256(key) => token.es256(key),
            Self::Hs256(secret) => token.hs256(secret),
        }
    }
}

/// The same client with a token as the project would sign it if it were met at `supabase`.
#[must_use]
pub fn issued_at(client: &Client, supabase: &str) -> Client {
    let token = Token::read(&client.token);
    let project = Project::of(client, &token);
    Client {
        token: project.sign(&token.with("iss", json!(format!("{supabase}/auth/v1")))),
        ..client.clone()
    }
}

/// The same claims signed anew by the project: proves that a refusal of the others is about what is wrong
/// with them.
pub fn good(client: &Client) -> String {
    let token = Token::read(&client.token);
    Project::of(client, &token).sign(&token)
}

/// Every kind of token that must not be believed, each as much like one of `client`'s as can be.
///
/// # Panics
/// When the system's keys can't be read.
pub async fn bad(client: &Client) -> Vec<Bad> {
    let addresses = &client.system.addresses;
    let real = Token::read(&client.token);
    let project = Project::of(client, &real);
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let mut list = Vec::new();
    let mut add = |what, token: String, everywhere| {
        list.push(Bad {
            what,
            token,
            everywhere,
        })
    };

    add("garbage", "garbage".to_owned(), true);
    add("three parts of nothing", "..".to_owned(), true);
    add(
        "a token with a bit of its signature changed",
        flipped(&client.token),
        true,
    );
    add(
        "a token with another client's id under the old signature",
        resubjected(&client.token),
        true,
    );
    add(
        "expired a minute ago",
        project.sign(
            &real
                .with("exp", json!(now - 60))
                .with("iat", json!(now - 3660)),
        ),
        true,
    );
    add(
        "not valid before tomorrow",
        project.sign(&real.with("nbf", json!(now + 86_400))),
        true,
    );
    add("endless", project.sign(&real.without("exp")), false);
    for (what, exp) in [
        ("good until the year 9999", json!(253_402_300_799_i64)),
        ("good for longer than a number is", json!(1e300)),
        ("good until before 1970", json!(-1)),
        ("good until a text", json!("tomorrow")),
        ("good until null", Value::Null),
    ] {
        add(what, project.sign(&real.with("exp", exp)), false);
    }
    add(
        "issued tomorrow",
        project.sign(&real.with("iat", json!(now + 86_400))),
        false,
    );
    add(
        "of another project",
        project.sign(&real.with("iss", json!("https://other.supabase.co/auth/v1"))),
        false,
    );
    add("of no issuer", project.sign(&real.without("iss")), false);
    add(
        "for another audience",
        project.sign(&real.with("aud", json!("anon"))),
        false,
    );
    add(
        "of the role anon",
        project.sign(&real.with("role", json!("anon"))),
        false,
    );
    add(
        "of a role that is not a user's",
        project.sign(&real.with("role", json!("service_role"))),
        false,
    );
    add("for nobody", project.sign(&real.without("sub")), false);
    add(
        "for somebody who is no user",
        project.sign(&real.with("sub", json!("postgres"))),
        false,
    );

    add(
        "for several others",
        project.sign(&real.with("aud", json!(["anon", "other"]))),
        false,
    );
    add(
        "with claims that are a list",
        {
            let mut list = real.clone();
            list.claims = json!([real.claims]);
            project.sign(&list)
        },
        true,
    );

    let stranger = SigningKey::from_slice(&[7; 32]).expect("a P-256 key");
    let mut es256 = real.clone();
    es256.header = json!({ "alg": "ES256", "typ": "JWT", "kid": real.header["kid"] });
    add(
        "signed by another key with the same kid",
        es256.es256(&stranger),
        true,
    );
    es256.header["kid"] = json!(Uuid::new_v4());
    add(
        "signed by a key that nobody knows",
        es256.es256(&stranger),
        true,
    );
    es256.header["kid"] = Value::Null;
    add("with no kid", es256.es256(&stranger), true);
    es256.header = json!({ "alg": "ES256", "typ": "JWT", "kid": real.header["kid"], "jwk": public_jwk(&stranger) });
    add(
        "with its own key in the header",
        es256.es256(&stranger),
        true,
    );

    for member in ["jku", "x5u"] {
        es256.header = json!({ "alg": "ES256", "typ": "JWT", "kid": real.header["kid"],
            member: "https://attacker.example/keys.json" });
        add(
            if member == "jku" {
                "with the address of its key set in the header"
            } else {
                "with the address of its certificate in the header"
            },
            es256.es256(&stranger),
            true,
        );
    }
    es256.header = json!({ "alg": "ES256", "typ": "JWT", "kid": real.header["kid"],
        "x5c": [base64::engine::general_purpose::STANDARD.encode(stranger.verifying_key().to_encoded_point(false))] });
    add(
        "with its own certificate in the header",
        es256.es256(&stranger),
        true,
    );
    for kid in ["../../../dev/null", "' or '1'='1", ""] {
        es256.header = json!({ "alg": "ES256", "typ": "JWT", "kid": kid });
        add(
            "with a kid that is no key's name",
            es256.es256(&stranger),
            true,
        );
    }
    // CVE-2022-21449: numbers that satisfy the equation of every key, where nobody looks that they are not zero.
    let (data, _) = client.token.rsplit_once('.').expect("no JWT");
    add(
        "signed with zeros",
        format!("{data}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
        true,
    );
    add("without its signature", format!("{data}."), true);
    add("in two parts", data.to_owned(), true);
    add(
        "in five parts, as if encrypted",
        format!("{data}.x.y.z"),
        true,
    );

    if let Project::Es256(key) = &project {
        let header = real.header.to_string();
        let claims = real.claims.to_string();
        let open = |first: &str| claims.replacen('{', first, 1);
        let other = format!(r#"{{"sub":"{}","#, Uuid::new_v4());
        for (what, claims) in [
            ("with two subjects", open(&other)),
            ("with two roles", open(r#"{"role":"service_role","#)),
            ("with two ends", open(&format!(r#"{{"exp":{},"#, now + 60))),
        ] {
            add(what, Token::spelled(&header, &claims, key), false);
        }
        let twice = header.replacen('{', r#"{"alg":"none","#, 1);
        add(
            "with two algorithms",
            Token::spelled(&twice, &claims, key),
            false,
        );
        for algorithm in [
            "es256", "ES384", "ES512", "RS256", "PS256", "EdDSA", "HS512",
        ] {
            let renamed = header.replace("ES256", algorithm);
            add(
                "under another algorithm's name",
                Token::spelled(&renamed, &claims, key),
                algorithm != "es256",
            );
        }
        let data = data.as_bytes();
        let signature: Signature = key.sign(data);
        add(
            "with its signature in ASN.1",
            format!(
                "{}.{}",
                String::from_utf8_lossy(data),
                URL_SAFE_NO_PAD.encode(signature.to_der())
            ),
            true,
        );
        // RFC 7515, section 4.1.11: what must be understood and is not.
        let critical = header.replacen('{', r#"{"crit":["b64"],"b64":false,"#, 1);
        add(
            "with a header that must be understood",
            Token::spelled(&critical, &claims, key),
            false,
        );
    }

    // RFC 8725, section 2.1: a public key taken for a shared secret.
    if let Project::Es256(key) = &project {
        let public = key.verifying_key();
        let point = public.to_encoded_point(false);
        add(
            "HS256 with the public key in PEM",
            real.hs256(
                public
                    .to_public_key_pem(LineEnding::LF)
                    .expect("PEM")
                    .as_bytes(),
            ),
            true,
        );
        add(
            "HS256 with the public key's bytes",
            real.hs256(point.as_bytes()),
            true,
        );
        let jwks = client
            .system
            .http
            .get(format!(
                "{}/auth/v1/.well-known/jwks.json",
                addresses.supabase
            ))
            .send()
            .await
            .expect("no JWKS");
        let jwks = jwks.text().await.expect("no JWKS");
        add("HS256 with the key set", real.hs256(jwks.as_bytes()), true);
        let set: Value = serde_json::from_str(&jwks).expect("the key set is no JSON");
        add(
            "HS256 with the key's JSON",
            real.hs256(set["keys"][0].to_string().as_bytes()),
            true,
        );
        if let Some(secret) = &addresses.jwt_secret {
            // Only while the project signs with it is the legacy secret believed by the Workers.
            add(
                "HS256 with the legacy secret",
                real.hs256(secret.as_bytes()),
                false,
            );
        }
    }
    add(
        "HS256 with the public API key",
        real.hs256(addresses.anon_key.as_bytes()),
        true,
    );
    if let Some(anon_key) = &addresses.legacy_anon_key {
        add(
            "HS256 with the legacy public API key",
            real.hs256(anon_key.as_bytes()),
            true,
        );
    }
    add("HS256 with nothing", real.hs256(b""), true);
    for (what, algorithm) in [("alg none", "none"), ("alg None", "None"), ("no alg", "")] {
        let mut unsigned = real.clone();
        unsigned.header["alg"] = algorithm.into();
        add(what, format!("{}.", unsigned.data()), true);
    }

    // Keys and tokens that are real and no user's access token.
    add("the public API key", addresses.anon_key.clone(), false);
    add("the refresh token", client.refresh_token.clone(), true);
    if let Some(anon_key) = &addresses.legacy_anon_key {
        add("the legacy public API key", anon_key.clone(), false);
    }
    // Behind the Workers these open everything: whoever has one needs no forged token.
    add(
        "the secret API key",
        addresses.service_role_key.clone(),
        false,
    );
    if let Some(key) = &addresses.legacy_service_role_key {
        add("the legacy secret API key", key.clone(), false);
    }
    add(
        "far too long",
        format!("{}{}", client.token, "A".repeat(10_000)),
        true,
    );
    add("a good one, twice", format!("{0} {0}", client.token), true);
    add(
        "a good one in quotes",
        format!("\"{}\"", client.token),
        true,
    );
    add("of one character", "A".to_owned(), true);
    add("of dots", ".".repeat(1000), true);
    list
}

fn flipped(token: &str) -> String {
    let (data, signature) = token.rsplit_once('.').expect("no JWT");
    let mut signature = URL_SAFE_NO_PAD.decode(signature).expect("no JWT");
    signature[5] ^= 1;
    format!("{data}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn resubjected(token: &str) -> String {
    let changed = Token::read(token).with("sub", json!(Uuid::new_v4()));
    let (_, signature) = token.rsplit_once('.').expect("no JWT");
    format!("{}.{signature}", changed.data())
}

fn public_jwk(key: &SigningKey) -> Value {
    let point = key.verifying_key().to_encoded_point(false);
    let text = |bytes: Option<&p256::FieldBytes>| {
        bytes
            .map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
            .unwrap_or_default()
    };
    json!({ "kty": "EC", "crv": "P-256", "x": text(point.x()), "y": text(point.y()) })
}
