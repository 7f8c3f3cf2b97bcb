// @ts-check
// Has the page for when the network is away kept ready. It waits until all else has loaded, and a browser that can't
// keep it goes without.
import { registerServiceWorker } from "./trusted.js";

if ("serviceWorker" in navigator) {
  const register = () => registerServiceWorker("/sw.js").catch(() => {});
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}
