// @ts-check
import "../modules/nav.js";
