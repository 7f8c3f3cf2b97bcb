// The digest that tells a file from others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256 } from "../../omega-site/modules/digest.js";

test("it is SHA-256 in hex (FIPS 180-4, example of one block)", async () => {
  assert.equal(await sha256(new Blob(["abc"])), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(await sha256(new Blob([])), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});
