mod chat;
mod documents;
mod home;
mod profile;
mod register_document;
mod signup;
mod submit_profile;
