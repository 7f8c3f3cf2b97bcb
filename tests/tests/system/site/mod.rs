mod contact;
mod pages;
