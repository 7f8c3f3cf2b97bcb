//! Postgres refuses to run as root. When we are root, it runs as an account that exists already.
//!
//! That account often may not even enter the folder of the clone (home folders and temporary ones
//! are closed to others). Copying the programs and the data elsewhere would leave files outside the
//! clone, and opening the folders would change what is not ours. So the account keeps one of root's
//! capabilities, the right to pass file permissions. Postgres only looks at its user id.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result, bail};
use nix::unistd::{Gid, Uid, User, setgid, setgroups, setuid};

/// Whom Postgres runs as: `None` when it can run as we do.
pub(crate) fn postgres_account() -> Result<Option<User>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    if !cfg!(target_os = "linux") {
        bail!("Postgres refuses to run as root: start this as an ordinary user");
    }
    for name in ["postgres", "nobody"] {
        if let Some(user) = User::from_name(name)? {
            return Ok(Some(user));
        }
    }
    bail!(
        "Postgres refuses to run as root, and there is no account `postgres` or `nobody` to run it as"
    )
}

/// Becomes `uid`, then the program. Returns only when that failed.
pub fn run_as(uid: u32, gid: u32, program: &OsStr, args: &[OsString]) -> Result<()> {
    drop_to(Uid::from_raw(uid), Gid::from_raw(gid))
        .with_context(|| format!("cannot become user {uid}"))?;
    let error = Command::new(program).args(args).exec();
    Err(error).with_context(|| format!("cannot run {}", program.display()))
}

#[cfg(target_os = "linux")]
fn drop_to(uid: Uid, gid: Gid) -> Result<()> {
    use caps::{CapSet, Capability, CapsHashSet};
    use nix::sys::prctl;

    // The change of user clears this; whoever started us meant it for the program.
    let death_signal = prctl::get_pdeathsig()?;
    let parent = nix::unistd::getppid();
    keep_capabilities()?;
    setgroups(&[gid])?;
    setgid(gid)?;
    setuid(uid)?;
    let mut kept = CapsHashSet::new();
    // A container may have taken this capability from root as well; then Postgres may still be able
    // to reach its folders without it, and says so itself if not.
    if caps::has_cap(None, CapSet::Permitted, Capability::CAP_DAC_OVERRIDE)? {
        kept.insert(Capability::CAP_DAC_OVERRIDE);
    }
    for set in [CapSet::Effective, CapSet::Inheritable, CapSet::Permitted] {
        caps::set(None, set, &kept)?;
    }
    for capability in kept {
        caps::raise(None, CapSet::Ambient, capability)?;
    }
    prctl::set_pdeathsig(death_signal)?;
    if nix::unistd::getppid() != parent {
        bail!("the process that started this is gone");
    }
    Ok(())
}

/// Lets capabilities outlive the change of user, and count for access(2) too, by which Postgres
/// looks for its own programs (capabilities(7), SECBIT_NO_SETUID_FIXUP).
#[cfg(target_os = "linux")]
#[allow(
    unsafe_code,
    reason = "no crate wraps PR_SET_SECUREBITS; the call takes one number and no pointer"
)]
fn keep_capabilities() -> Result<()> {
    const SECBIT_NO_SETUID_FIXUP: libc::c_ulong = 1 << 2;
    if unsafe { libc::prctl(libc::PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) } != 0 {
        // Needs a capability of its own, which a container may have taken. This keeps the rest.
        nix::sys::prctl::set_keepcaps(true)?;
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn drop_to(uid: Uid, gid: Gid) -> Result<()> {
    setgid(gid)?;
    setuid(uid)?;
    Ok(())
}
