mod chat;
mod documents;
mod profile;
mod register_document;
mod signup;
mod submit_profile;
