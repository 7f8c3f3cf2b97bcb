// @ts-check
// Every page of the site, once: where it is linked, and for whom. The navigation and the tests read this list.

/**
 * @typedef {object} Page
 * @property {string} path
 * @property {string} label
 * @property {("visitor" | "client" | "staff" | "footer")[]} links where it is linked; nowhere, for a page one is led to
 * @property {true} [indexed] whether search engines may list it
 * @property {"client" | "staff"} [needs] who must be signed in to see it
 */

/** @type {Page[]} */
export const pages = [
  { path: "/", label: "Start page", links: [], indexed: true },
  { path: "/services", label: "Services", links: ["visitor", "footer"], indexed: true },
  { path: "/pricing", label: "Pricing", links: ["visitor", "footer"], indexed: true },
  { path: "/security", label: "Security", links: ["visitor", "footer"], indexed: true },
  { path: "/contact", label: "Contact", links: ["visitor", "footer"], indexed: true },
  { path: "/contact-sent", label: "We have your message", links: [] },
  { path: "/contact-problem", label: "Your message was not sent", links: [] },
  { path: "/offline", label: "No connection", links: [] },
  { path: "/home", label: "Home", links: ["client"], needs: "client" },
  { path: "/onboarding", label: "Onboarding", links: ["client"], needs: "client" },
  { path: "/requests", label: "What we asked for", links: [], needs: "client" },
  { path: "/documents", label: "Documents", links: ["client"], needs: "client" },
  { path: "/forms", label: "Forms", links: ["client", "staff"], needs: "client" },
  { path: "/form", label: "Form", links: [], needs: "client" },
  { path: "/deadlines", label: "Due dates", links: ["client", "staff"], needs: "client" },
  { path: "/assistant", label: "Assistant", links: ["client"], needs: "client" },
  { path: "/clients", label: "Clients", links: ["staff"], needs: "staff" },
  { path: "/client", label: "Client", links: [], needs: "staff" },
  { path: "/workflow", label: "Workflow", links: ["staff"], needs: "staff" },
  { path: "/outbox", label: "Outbox", links: ["staff"], needs: "staff" },
  { path: "/finance", label: "Finances", links: ["staff"], needs: "staff" },
  { path: "/expenses", label: "Expenses", links: [], needs: "staff" },
  { path: "/inventory", label: "Service inventory", links: [], needs: "staff" },
  { path: "/devops", label: "DevOps Center", links: ["staff"], needs: "staff" },
  { path: "/account", label: "Account", links: ["client", "staff"], needs: "client" },
  { path: "/receipt", label: "Your receipt", links: [], needs: "client" },
  { path: "/sign-in", label: "Sign in", links: ["visitor"], indexed: true },
  { path: "/sign-up", label: "Create account", links: ["visitor"], indexed: true },
  { path: "/forgot-password", label: "Forgot your password?", links: [] },
  { path: "/reset-password", label: "Choose a new password", links: [] },
  { path: "/confirm", label: "Confirm your address", links: [] },
  { path: "/status", label: "System status", links: ["footer"], indexed: true },
  { path: "/styleguide", label: "Style guide", links: [] },
  { path: "/404", label: "There is no page here", links: [] },
];

/** @param {Page["links"][number]} place */
export const linkedIn = (place) => pages.filter(({ links }) => links.includes(place));
