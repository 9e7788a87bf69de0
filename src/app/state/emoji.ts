/** Often used emoji, by groups; a keyboard has the others. Each is read out by its own name. */
export const EMOJI = {
  smileys:
    "😀 😃 😄 😁 😅 😂 🤣 🙂 😉 😊 😍 🥰 😘 😋 😜 🤪 🤗 🤔 🤨 😐 😑 🙄 😏 😌 😴 🤒 🥳 😎 🤓 😕 😟 🙁 😮 😳 🥺 😢 😭 😱 😤 😡 🤯 😬 🤫 🤭 🫡 🫠",
  gestures: "👍 👎 👌 ✌️ 🤞 🤟 👏 🙌 🙏 🤝 💪 👋 ✋ 👆 👇 👈 👉 ✍️ 🤷 🤦 👀 🧠",
  hearts: "❤️ 🧡 💛 💚 💙 💜 🖤 🤍 💔 💯 ✨ ⭐ 🔥 🎉 🎂 🎁",
  things: "✅ ❌ ❓ ❗ ⚠️ 💡 🔒 🔑 📎 📌 📅 ⏰ 📷 🎵 🎮 📚 💻 📱 🏠 🚗 🚲 🚆 ✈️ 🌍",
  nature: "☀️ 🌤️ 🌧️ ❄️ 🌈 🌙 🌳 🌸 🌻 🍀 🐶 🐱 🐭 🐻 🐼 🦊 🐸 🐦 🐝 🦋",
  food: "☕ 🍵 🍺 🍷 🥂 🍎 🍌 🍓 🍕 🍔 🍟 🍰 🍪 🍫 🥗 🍜",
} as const;

export const EMOJI_GROUPS = Object.keys(EMOJI) as (keyof typeof EMOJI)[];

export const emojiOf = (group: keyof typeof EMOJI): readonly string[] => EMOJI[group].split(" ");
