// @ts-check
import "../modules/nav.js";
import "../components/chat/chat.js";
