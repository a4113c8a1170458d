import "./shell/storage";
import { mount } from "svelte";
import "./design/tokens.css";
import "./design/base.css";
import { followFaults } from "./help/circumstances";
import { followTheme } from "./shell/theme.svelte";
import App from "./shell/App.svelte";

followFaults();
followTheme();
const target = document.getElementById("app");
if (target) mount(App, { target });
