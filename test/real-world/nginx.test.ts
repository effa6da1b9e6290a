import { startNginx } from "./origins/nginx.ts";
import { describeStatic } from "./static.ts";

describeStatic("nginx", {
  program: "nginx",
  start: startNginx,
  targets: ["/old", "/away", "/gone", "/teapot", "/private.html"],
});
