import { expect, test } from "vitest";
import { isNameableHost } from "../../src/http/nameable-host.ts";

test.each([
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
  "metadata.google.internal",
  "printer.local",
  "app.localhost",
  "a.test",
  "a.svc",
  "a.cluster.local",
  "router.home.arpa",
  "a.onion",
  "a.invalid",
  "a.lan",
  "a.corp",
  "a.intranet",
  "a.private",
  "a.home",
  "1.0.0.127.in-addr.arpa",
  "localhost",
  "redis",
  "www.example.com.",
  "redis.",
  ".example.com",
  "a..example.com",
  "",
  "127.0.0.1",
  "0x7f000001",
  "2130706433",
  "a.0x1",
  "a.1",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "a b.example.com",
  "a%2e.example.com",
  `${"a".repeat(64)}.example.com`,
  `${"a.".repeat(130)}com`,
])("%s is never looked up because a request names it", (host) => {
  expect(isNameableHost(host)).toBe(false);
});

test.each(["EXAMPLE.LOCAL", "Kubernetes.Default.SVC", "a.Test"])(
  "%s, whatever its case",
  (host) => {
    expect(isNameableHost(host)).toBe(false);
  },
);

test.each([
  "http://127.1/",
  "http://0177.0.0.1/",
  "http://0x7f.1/",
  "http://1.1.1.1./",
  "http://①②⑦.0.0.1/",
])("%s, however an address is spelt", (url) => {
  expect(isNameableHost(new URL(url).hostname)).toBe(false);
});

test.each([
  "signer.example.com",
  "xn--bcher-kva.example",
  "a.b.co.uk",
  "local.example.com",
  "3.example.org",
])("%s may be", (host) => {
  expect(isNameableHost(host)).toBe(true);
});
