import { startNginx, startTlsNginx } from "./origins/nginx.ts";
import { describeStatic } from "./static.ts";

const targets = ["/old", "/away", "/gone", "/teapot", "/private.html"];

describeStatic("nginx", { programs: ["nginx"], start: startNginx, targets });
describeStatic("nginx with TLS and http2", {
  programs: ["nginx", "openssl"],
  start: startTlsNginx,
  targets,
});
