import { fullApp } from "./middleware-app.ts";

export default fullApp();
