//! What an administrator adds and takes away: offices, people, one-time codes. Facts that laptops
//! need travel as changes of the server's own.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Duration, Utc};
use serde_json::Map;
use uuid::Uuid;
use xunan_model::change::{Edit, Kind, Scope};
use xunan_model::id::{MembershipId, OfficeId, PersonId, derived};
use xunan_model::merge::Row;
use xunan_model::party::{Membership, Office, Person};
use xunan_model::record::{self, Record};
use xunan_model::wire::Account;

use crate::secret;
use crate::store::{OfficeFact, Store};

/// The posts that a person can have.
pub const ROLES: [&str; 3] = ["inspector", "station", "supervisor"];

/// A person to be let in.
#[derive(Debug, Clone)]
pub struct NewPerson {
    pub login: String,
    pub name: String,
    pub role: String,
    pub certificate: Option<String>,
    pub password: String,
}

/// Writes one record as a change of the server's own. Nothing happens when it is there already.
///
/// # Errors
/// When the store fails.
pub async fn record_put<R: Record + Send + 'static>(
    store: &dyn Store,
    scope: &Scope,
    record: R,
    now: DateTime<Utc>,
) -> Result<bool> {
    let plan = move |row_of: &mut dyn FnMut(&Kind, Uuid) -> Result<Row>| {
        let row = row_of(&R::KIND, record.uuid())?;
        let edit: Option<Edit> = record::edit(&record, &row)?;
        Ok(edit.into_iter().collect())
    };
    store.author(scope.clone(), Box::new(plan), now).await
}

/// A record that is here.
///
/// # Errors
/// When it is not, or the store fails.
pub async fn record_get<R: Record>(store: &dyn Store, id: Uuid) -> Result<R> {
    let records = store.records(Some(R::KIND)).await?;
    let found = records.into_iter().find(|one| one.id == id);
    let found = found.with_context(|| format!("there is no {} {id}", R::KIND))?;
    Ok(record::read_fields(id, found.row.fields)?)
}

/// Adds an office. Its records live in the scope of its division.
///
/// # Errors
/// When the store fails.
pub async fn office_add(
    store: &dyn Store,
    office: Office,
    now: DateTime<Utc>,
) -> Result<OfficeFact> {
    let place = if office.division.is_empty() {
        office.id.to_string()
    } else {
        office.division.clone()
    };
    let fact = OfficeFact {
        id: office.id,
        name: office.name.clone(),
        scope: Scope(format!("{place}/ordinary")),
    };
    record_put(store, &fact.scope, office, now).await?;
    Ok(fact)
}

/// The one office that is meant.
///
/// # Errors
/// When there is none, or more than one.
pub async fn office_one(store: &dyn Store, name_or_id: &str) -> Result<OfficeFact> {
    let mut found = store.office_find(name_or_id).await?;
    match found.len() {
        1 => found.pop().context("one was found"),
        0 => bail!("there is no office {name_or_id}"),
        _ => bail!("several offices are called {name_or_id}; give the id"),
    }
}

/// The person with this login.
#[must_use]
pub fn person_id(login: &str) -> PersonId {
    PersonId(derived(&["person", login]))
}

/// Adds an account, the person and the post. `false`: the login is taken and nothing changed.
///
/// # Errors
/// When something is missing or the store fails.
pub async fn person_add(
    store: &dyn Store,
    office: &OfficeFact,
    new: NewPerson,
    now: DateTime<Utc>,
) -> Result<bool> {
    if !ROLES.contains(&new.role.as_str()) {
        bail!("the role must be one of {}", ROLES.join(", "));
    }
    if new.login.trim().is_empty() || new.name.trim().is_empty() {
        bail!("the login and the name must not be empty");
    }
    if new.password.is_empty() {
        bail!("the password must not be empty");
    }
    let person = person_id(&new.login);
    if let Some(other) = person_name(store, person).await?
        && other != new.name
    {
        // The login names the person: a second one would sign what the first has written.
        bail!(
            "the login {} belongs to {other}, also after its account was removed; take another",
            new.login
        );
    }
    let account = Account {
        login: new.login,
        person,
        name: new.name.clone(),
        role: new.role.clone(),
        office: office.id,
        office_name: office.name.clone(),
        verifier: secret::verifier(&new.password)?,
    };
    if !store.account_add(account).await? {
        return Ok(false);
    }
    record_put(
        store,
        &office.scope,
        Person {
            id: person,
            name: new.name,
            extra: Map::new(),
        },
        now,
    )
    .await?;
    let post = Membership {
        id: membership_id(person, office.id),
        person,
        office: office.id,
        role: new.role,
        certificate: new.certificate,
        from: None,
        until: None,
        extra: Map::new(),
    };
    record_put(store, &office.scope, post, now).await?;
    Ok(true)
}

fn membership_id(person: PersonId, office: OfficeId) -> MembershipId {
    MembershipId(derived(&[
        "membership",
        &person.to_string(),
        &office.to_string(),
    ]))
}

/// The name of a person who has or had an account.
async fn person_name(store: &dyn Store, person: PersonId) -> Result<Option<String>> {
    let people = store.records(Some(Kind::Person)).await?;
    let found = people.into_iter().find(|record| record.id == person.0);
    Ok(found.and_then(|record| Some(record.row.fields.get("name")?.as_str()?.to_owned())))
}

/// Gives a person another post. `false`: there is no such login.
///
/// # Errors
/// When there is no such post or the store fails.
pub async fn person_role_set(
    store: &dyn Store,
    login: &str,
    role: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    if !ROLES.contains(&role) {
        bail!("the role must be one of {}", ROLES.join(", "));
    }
    let Some(account) = account_one(store, login).await? else {
        return Ok(false);
    };
    let to = role.to_owned();
    membership_change(store, &account, move |post| post.role = to, now).await?;
    store.account_role_set(login, role).await
}

/// Takes a login away and ends the post. The person stays: what they wrote names them. `false`:
/// there is no such login.
///
/// # Errors
/// When the store fails.
pub async fn person_remove(store: &dyn Store, login: &str, now: DateTime<Utc>) -> Result<bool> {
    let Some(account) = account_one(store, login).await? else {
        return Ok(false);
    };
    let today = now.date_naive();
    membership_change(store, &account, move |post| post.until = Some(today), now).await?;
    // Last, so that what broke off can be repeated.
    store.account_remove(login).await
}

async fn account_one(store: &dyn Store, login: &str) -> Result<Option<Account>> {
    let accounts = store.account_list().await?;
    Ok(accounts.into_iter().find(|account| account.login == login))
}

/// Changes the record of a post, where there is one.
async fn membership_change(
    store: &dyn Store,
    account: &Account,
    change: impl FnOnce(&mut Membership) + Send + 'static,
    now: DateTime<Utc>,
) -> Result<()> {
    let office = office_one(store, &account.office.to_string()).await?;
    let id = membership_id(account.person, account.office);
    let plan = move |row_of: &mut dyn FnMut(&Kind, Uuid) -> Result<Row>| {
        let row = row_of(&Kind::Membership, id.0)?;
        if row.fields.is_empty() {
            return Ok(Vec::new());
        }
        let mut post: Membership = record::read(id.0, &row)?;
        change(&mut post);
        let edit: Option<Edit> = record::edit(&post, &row)?;
        Ok(edit.into_iter().collect())
    };
    store.author(office.scope, Box::new(plan), now).await?;
    Ok(())
}

/// Makes a one-time code; only its digest is kept.
///
/// # Errors
/// When the store fails.
pub async fn enrol_code_new(
    store: &dyn Store,
    office: OfficeId,
    hours: u32,
    now: DateTime<Utc>,
) -> Result<String> {
    let code = secret::code()?;
    store
        .enrol_code_add(
            secret::code_digest(&code),
            office,
            now + Duration::hours(i64::from(hours)),
        )
        .await?;
    Ok(code)
}
