// How fast an upload is, and how long the rest takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createPace, timeLeft } from "../../omega-site/modules/pace.js";

test("nothing is told before something can be known", () => {
  const pace = createPace(1000);
  assert.equal(pace(0, 0), null);
  assert.equal(pace(100, 1000), null);
  assert.deepEqual(pace(200, 2000), { rate: 100, seconds: 8 });
});

test("only what was sent lately counts", () => {
  const pace = createPace(100_000);
  for (let second = 0; second <= 10; second++) pace(second * 1000, second * 1000);
  for (let second = 11; second <= 25; second++) pace(10_000 + (second - 10) * 100, second * 1000);
  assert.equal(Math.round(pace(11_600, 26_000)?.rate ?? 0), 100);
});

test("a part that is sent anew does not make it run backwards", () => {
  const pace = createPace(1000);
  pace(0, 0);
  pace(600, 3000);
  assert.equal(pace(500, 4000), null);
  assert.deepEqual(pace(700, 6000), { rate: 100, seconds: 3 });
});

test("time left is told in round words", () => {
  assert.deepEqual(
    [1, 12, 50, 58, 80, 130, 4000].map(timeLeft),
    ["a few seconds left", "about 20 seconds left", "about 50 seconds left", "about a minute left", "about a minute left", "about 2 minutes left", "more than an hour left"],
  );
});
