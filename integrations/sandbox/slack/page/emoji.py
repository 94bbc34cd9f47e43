"""The emoji that apps use most, by their short names."""

EMOJI = {
    "+1": "👍", "-1": "👎", "thumbsup": "👍", "thumbsdown": "👎", "white_check_mark": "✅", "heavy_check_mark": "✔️", "x": "❌",
    "warning": "⚠️", "rotating_light": "🚨", "eyes": "👀", "tada": "🎉", "wave": "👋", "bulb": "💡", "mag": "🔍", "memo": "📝",
    "pencil2": "✏️", "calendar": "📅", "clock1": "🕐", "hourglass": "⌛", "hourglass_flowing_sand": "⏳", "alarm_clock": "⏰",
    "bell": "🔔", "no_bell": "🔕", "lock": "🔒", "unlock": "🔓", "link": "🔗", "fire": "🔥", "star": "⭐", "sparkles": "✨",
    "rocket": "🚀", "zap": "⚡", "chart_with_upwards_trend": "📈", "chart_with_downwards_trend": "📉", "bar_chart": "📊",
    "moneybag": "💰", "email": "📧", "envelope": "✉️", "incoming_envelope": "📨", "speech_balloon": "💬", "thinking_face": "🤔",
    "smile": "😄", "slightly_smiling_face": "🙂", "confused": "😕", "pray": "🙏", "clap": "👏", "raised_hands": "🙌",
    "ok_hand": "👌", "point_right": "👉", "arrow_right": "➡️", "arrow_left": "⬅️", "arrow_up": "⬆️", "arrow_down": "⬇️",
    "leftwards_arrow_with_hook": "↩️", "arrows_counterclockwise": "🔄", "no_entry": "⛔", "no_entry_sign": "🚫",
    "octagonal_sign": "🛑", "red_circle": "🔴", "large_orange_circle": "🟠", "large_yellow_circle": "🟡",
    "large_green_circle": "🟢", "large_blue_circle": "🔵", "black_circle": "⚫", "white_circle": "⚪", "question": "❓",
    "exclamation": "❗", "grey_question": "❔", "information_source": "\u2139\ufe0f", "gear": "⚙️", "wrench": "🔧",
    "hammer_and_wrench": "🛠️", "shield": "🛡️", "ticket": "🎫", "books": "📚", "book": "📖", "newspaper": "📰",
    "page_facing_up": "📄", "clipboard": "📋", "pushpin": "📌", "busts_in_silhouette": "👥", "bust_in_silhouette": "👤",
    "handshake": "🤝", "robot_face": "🤖", "palm_tree": "🌴", "face_with_thermometer": "🤒", "house": "🏠",
    "house_with_garden": "🏡", "bus": "🚌", "zzz": "💤", "inbox_tray": "📥", "outbox_tray": "📤", "black_square_for_stop": "⏹️",
    "double_vertical_bar": "⏸️", "arrow_forward": "▶️", "snowflake": "❄️", "sunny": "☀️", "seedling": "🌱",
}  # fmt: skip
