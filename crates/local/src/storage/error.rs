//! Storage's own form of errors. Their `statusCode` says what happened, while the HTTP status is 400
//! for all but a few, as clients of storage-api know it.

use axum::http::StatusCode;
use serde_json::json;
use tokio_postgres::error::SqlState;

use crate::http::{Answer, json};

pub(crate) struct Error {
    http: StatusCode,
    status: u16,
    code: &'static str,
    error: &'static str,
    message: String,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    fn new(status: u16, code: &'static str, error: &'static str, message: &str) -> Self {
        Self {
            http: match status {
                500 => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::BAD_REQUEST,
            },
            status,
            code,
            error,
            message: message.to_owned(),
        }
    }

    pub fn answer(&self) -> Answer {
        json(
            self.http,
            &json!({
                "statusCode": self.status.to_string(),
                "code": self.code,
                "error": self.error,
                "message": self.message,
            }),
        )
    }

    /// What happened, by the standard's number.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub fn no_bucket() -> Self {
        Self::new(404, "NoSuchBucket", "Bucket not found", "Bucket not found")
    }

    pub fn no_key() -> Self {
        Self::new(404, "NoSuchKey", "not_found", "Object not found")
    }

    pub fn no_route() -> Self {
        let mut error = Self::new(404, "NotFound", "Not Found", "Route not found");
        error.http = StatusCode::NOT_FOUND;
        error
    }

    pub fn no_authorization() -> Self {
        Self::invalid("headers must have required property 'authorization'")
    }

    pub fn denied(message: &str) -> Self {
        Self::new(403, "AccessDenied", "Unauthorized", message)
    }

    pub fn invalid(message: &str) -> Self {
        Self::new(400, "InvalidRequest", "InvalidRequest", message)
    }

    pub fn invalid_key(key: &str) -> Self {
        Self::new(
            400,
            "InvalidKey",
            "InvalidKey",
            &format!("Invalid key: {key}"),
        )
    }

    pub fn invalid_bucket_name() -> Self {
        Self::new(
            400,
            "InvalidBucketName",
            "Invalid Input",
            "Bucket name invalid",
        )
    }

    pub fn invalid_mime_type(mime_type: &str) -> Self {
        Self::new(
            415,
            "InvalidMimeType",
            "invalid_mime_type",
            &format!("mime type {mime_type} is not supported"),
        )
    }

    pub fn too_large() -> Self {
        Self::new(
            413,
            "EntityTooLarge",
            "Payload too large",
            "The object exceeded the maximum allowed size",
        )
    }

    pub fn no_content() -> Self {
        Self::invalid("No content provided")
    }

    pub fn key_exists() -> Self {
        Self::new(
            409,
            "KeyAlreadyExists",
            "Duplicate",
            "The resource already exists",
        )
    }

    pub fn bucket_not_empty() -> Self {
        Self::new(
            409,
            "ResourceNotEmpty",
            "ResourceNotEmpty",
            "The bucket you tried to delete is not empty",
        )
    }

    pub fn invalid_token(message: &str) -> Self {
        Self::new(400, "InvalidJWT", "InvalidJWT", message)
    }

    pub fn invalid_signature(message: &str) -> Self {
        Self::new(400, "InvalidSignature", "InvalidSignature", message)
    }

    pub fn invalid_range() -> Self {
        let mut error = Self::new(
            416,
            "InvalidRange",
            "InvalidRange",
            "The requested range is not satisfiable",
        );
        error.http = StatusCode::RANGE_NOT_SATISFIABLE;
        error
    }

    pub fn internal(cause: impl std::fmt::Display) -> Self {
        eprintln!("storage: {cause}");
        Self::new(500, "InternalError", "Internal", "Internal Server Error")
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(cause) = error.as_db_error() else {
            return Self::internal(error);
        };
        let code = cause.code();
        if *code == SqlState::INSUFFICIENT_PRIVILEGE {
            let message = cause.message();
            return Self::denied(if message.contains("row-level security") {
                "new row violates row-level security policy"
            } else {
                message
            });
        }
        if *code == SqlState::UNIQUE_VIOLATION {
            return Self::key_exists();
        }
        if *code == SqlState::FOREIGN_KEY_VIOLATION {
            return Self::no_bucket();
        }
        if *code == SqlState::QUERY_CANCELED {
            let mut slow = Self::new(
                544,
                "DatabaseTimeout",
                "DatabaseTimeout",
                "The connection to the database timed out",
            );
            slow.http = StatusCode::from_u16(544).unwrap_or(StatusCode::GATEWAY_TIMEOUT);
            return slow;
        }
        eprintln!("storage: {cause:?}");
        Self::new(
            500,
            "DatabaseError",
            "DatabaseError",
            &format!("database error, code: {}", code.code()),
        )
    }
}

impl From<deadpool_postgres::PoolError> for Error {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::internal(error)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::internal(error)
    }
}
