import { mount } from "svelte";
import "./design/tokens.css";
import "./design/base.css";
import { followTheme } from "./shell/theme.svelte";
import App from "./shell/App.svelte";

followTheme();
const target = document.getElementById("app");
if (target) mount(App, { target });
