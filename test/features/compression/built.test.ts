import { expect, test } from "vitest";
import { bundle } from "./bundles.ts";
import { offer, site } from "./site.ts";

const [v1, v2] = [bundle(1), bundle(2)];

test.each([
  ["hangs", () => new Promise<never>(() => {})],
  ["fails", () => Promise.reject(new Error("away"))],
  [
    "throws",
    () => {
      throw new Error("broken");
    },
  ],
])("where what was built ahead %s, the delta is made instead", async (_how, find) => {
  const policy = { dictionary: { match: "/app.*.js", deltas: "./deltas" } };
  const { put, get } = site({ policy, options: { builtIn: () => ({ find }) } });
  put("/app.1.js", v1);
  put("/app.2.js", v2);
  await get("/app.1.js");
  const got = await get("/app.2.js", offer(v1), { has: [v1] });
  expect(got.fields["content-encoding"]).toBe("dcb");
  expect(got.text).toBe(v2);
  expect(got.failures).toEqual([]);
});
