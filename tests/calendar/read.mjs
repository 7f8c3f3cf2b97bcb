// What a calendar of somebody else makes of a feed: ical.js, the parser of Thunderbird. Reads it from standard input.
import ICAL from "ical.js";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const calendar = new ICAL.Component(ICAL.parse(Buffer.concat(chunks).toString("utf8")));
const events = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  return {
    uid: event.uid,
    summary: event.summary,
    description: event.description,
    start: event.startDate.toString(),
    end: event.endDate.toString(),
    isDate: event.startDate.isDate,
    days: event.duration.toSeconds() / 86400,
  };
});
console.log(JSON.stringify({ version: calendar.getFirstPropertyValue("version"), product: calendar.getFirstPropertyValue("prodid"), name: calendar.getFirstPropertyValue("x-wr-calname"), events }));
