import bridges from "./bridges.json";
import chats from "./chats.json";
import common from "./common.json";
import devices from "./devices.json";
import label from "./label.json";
import nav from "./nav.json";
import settings from "./settings.json";
import start from "./start.json";
import talk from "./talk.json";
import update from "./update.json";
import who from "./who.json";

/** The texts of one language, a file for each part of the app. */
export default { ...common, bridges, chats, devices, label, nav, settings, start, talk, update, who };
