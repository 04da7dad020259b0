//! The central server: receives what the laptops have saved, keeps it, and hands it on.
//!
//! `api` speaks HTTP, `store` remembers, `cli` is for the person who runs it. Tests start it in
//! their own process with [`Server::start`].

mod api;
pub mod backup;
pub mod cli;
pub mod config;
pub mod demo;
pub mod export;
mod listen;
pub mod office;
pub mod platform;
mod report;
pub mod secret;
mod server;
mod statistics;
pub mod store;
mod tls;
mod tls_stream;

pub use config::Options;
pub use server::{RunningServer, Server, router};
