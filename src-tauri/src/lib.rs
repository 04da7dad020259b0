//! The shell: the window, its commands and events. Nothing here decides anything.
//!
//! **Invariant: the only crate that names `tauri`; no SQL, no rules, no HTTP.**

mod commands;
mod error;
mod events;
mod folder_dialog;
mod photo_protocol;
mod start;
mod usage;
mod web_view;

use std::process::ExitCode;

use tauri::{Builder, Runtime};

/// Runs the program until its window is closed.
#[must_use]
pub fn run() -> ExitCode {
    if let Some(code) = usage::answered(std::env::args().skip(1)) {
        return code;
    }
    start::log_to_stderr();
    let built = builder(Builder::default())
        .setup(|app| {
            start::open(app.handle());
            web_view::prepare(app.handle());
            Ok(())
        })
        .build(tauri::generate_context!());
    match built {
        Ok(app) => {
            app.run(|_, _| {});
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the window cannot be opened");
            ExitCode::FAILURE
        }
    }
}

/// The program's commands and protocols, on any runtime: tests and benches use one without a
/// window.
pub fn builder<R: Runtime>(builder: Builder<R>) -> Builder<R> {
    builder
        .manage(commands::Shell::default())
        .register_asynchronous_uri_scheme_protocol(photo_protocol::SCHEME, photo_protocol::answer)
        .invoke_handler(tauri::generate_handler![
            commands::install::install_status,
            commands::install::install_enrol,
            commands::install::interface_ready,
            commands::session::session_unlock,
            commands::session::session_lock,
            commands::session::pin_set,
            commands::local::local_put,
            commands::local::local_get,
            commands::local::local_delete,
            commands::site::site_list,
            commands::site::site_search,
            commands::site::site_facets,
            commands::site::division_list,
            commands::site::site_get,
            commands::site::site_save,
            commands::site::site_similar,
            commands::site::organization_list,
            commands::site::merge_preview,
            commands::site::site_merge,
            commands::site::site_part,
            commands::import::import_read,
            commands::import::import_check,
            commands::import::import_rows,
            commands::import::import_run,
            commands::import::import_progress,
            commands::import::import_stop,
            commands::import::import_close,
            commands::import::import_report,
            commands::site::person_list,
            commands::site::checklist_list,
            commands::edition::edition_list,
            commands::edition::edition_get,
            commands::edition::edition_diff,
            commands::edition::edition_preview,
            commands::edition::edition_import,
            commands::edition::edition_save,
            commands::edition::example_save,
            commands::inspection::workbench_get,
            commands::inspection::inspection_list,
            commands::inspection::inspection_start,
            commands::inspection::visit_join,
            commands::inspection::visit_adopt,
            commands::inspection::inspection_get,
            commands::phone::qr_draw,
            commands::quick::quick_round,
            commands::quick::quick_open,
            commands::quick::quick_keep,
            commands::quick::quick_reporter,
            commands::quick::quick_finish,
            commands::quick::premises_preview,
            commands::quick::premises_add,
            commands::inspection::inspection_finish,
            commands::inspection::inspection_review,
            commands::inspection::inspection_confirm,
            commands::inspection::visit_inspectors,
            commands::inspection::answer_save,
            commands::inspection::answer_judge,
            commands::inspection::visit_profile,
            commands::inspection::visit_told,
            commands::inspection::danger_class,
            commands::finding::finding_draft,
            commands::finding::finding_save,
            commands::finding::finding_list,
            commands::finding::finding_life,
            commands::finding::finding_step,
            commands::finding::ledger_page,
            commands::finding::ledger_count,
            commands::finding::finding_steps,
            commands::finding::lookback_draw,
            commands::finding::statistics,
            commands::finding::recheck_open,
            commands::finding::recheck_get,
            commands::finding::recheck_finish,
            commands::phone::phone_open,
            commands::phone::phone_status,
            commands::phone::phone_choose,
            commands::phone::phone_close,
            commands::photo::photo_add,
            commands::photo::photo_prove,
            commands::photo::photo_mark,
            commands::photo::photo_place,
            commands::photo::photo_before,
            commands::photo::photo_stamp,
            commands::photo::photo_manifest,
            commands::photo::photo_verify,
            commands::photo::photo_restore,
            commands::photo::manifest_sign,
            commands::site::site_place,
            commands::receiver::port_list,
            commands::receiver::receiver_choose,
            commands::receiver::receiver_status,
            commands::photo::original_fetch,
            commands::photo::originals_release,
            commands::sync::sync_status,
            commands::sync::sync_now,
            commands::sync::sync_metered,
            commands::sync::conflict_list,
            commands::sync::conflict_settle,
            commands::sync::rejected_list,
            commands::sync::rejected_resend,
            commands::backup::backup_status,
            commands::backup::backup_choose,
            commands::backup::backup_forget,
            commands::backup::backup_make,
            commands::backup::job_status,
            commands::backup::job_cancel,
            commands::backup::restore_choose,
            commands::backup::restore_run,
            commands::backup::recovery_make,
            commands::backup::recovery_renew,
            commands::backup::recovery_keep,
            commands::backup::session_recover,
            commands::health::health_get,
            commands::health::health_photos,
            commands::health::health_fetch,
            commands::health::damage_salvage,
            commands::health::damage_set_aside,
        ])
}

/// For tests and benches: gives the shell an installation that is open already.
pub fn use_install<R: Runtime>(
    app: &tauri::AppHandle<R>,
    install: std::sync::Arc<xunan_core::Install>,
) {
    use tauri::Manager as _;
    app.state::<commands::Shell>().opened(Ok(install));
}
