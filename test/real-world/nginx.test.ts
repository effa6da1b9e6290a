import { startNginx, startTlsNginx } from "./origins/nginx.ts";
import { sampleOf } from "../support/sample.ts";
import { describeStatic } from "./static.ts";
import { SETTINGS } from "./suite.ts";

const targets = ["/old", "/away", "/gone", "/teapot", "/private.html"];

describeStatic("nginx", {
  programs: ["nginx", "openssl"],
  start: startNginx,
  targets,
  fronts: [["node", "on", "TLS and HTTP/2"]],
});
describeStatic("nginx with TLS and http2", {
  programs: ["nginx", "openssl"],
  start: startTlsNginx,
  targets,
  settings: sampleOf(SETTINGS, 2, 1),
});
