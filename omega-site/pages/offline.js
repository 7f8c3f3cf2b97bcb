// @ts-check
// Shown at the address that could not be reached, so that loading it again is all there is to do. It imports
// nothing: it must work when only this file is there.
document.querySelector("#again")?.addEventListener("click", () => location.reload());
addEventListener("online", () => location.reload());
