"""One destination of every kind, filled in as a user would."""

FILLED_IN: dict[str, dict[str, str]] = {
    "slack": {"webhook": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"},
    "discord": {"webhook": "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"},
    "teams": {
        "workflow": "https://prod-1.westeurope.logic.azure.com:443/workflows/643e69f83c8944/triggers/manual/paths/invoke"
        "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=KODuebWbDGYFr0z0eu"
    },
    "telegram": {"token": "123456789:AABBccdd_eeffgghhiijjkkllmmnnooppqq", "chat": "-1001234567890"},
    "email": {
        "to": "one@example.com, two@example.com",
        "sender": "watch@example.com",
        "server": "smtp.example.com",
        "user": "watch",
        "password": "p@ss/w:rd?&#",
    },
    "ntfy": {"topic": "trainings-8f3a", "token": "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"},
    "webhook": {"address": "https://example.com/hooks/a?key=s3cret-key", "authorization": "Bearer s3cret-token"},
    "mattermost": {"webhook": "https://chat.example.com/hooks/8fj3kd93kd83jd73hd72hd71ha"},
    "matrix": {"server": "https://matrix.example.org", "room": "!abc:example.org", "token": "syt_YWxpY2U_s3cret"},
    "gotify": {"server": "https://gotify.example.com", "token": "A4ZudDRdLT40L5X"},
    "pushover": {"user": "uQiRzpo4DXghDmr9QzzfQu27cmVRsG", "token": "azGDORePK8gMaC0QOYAMyEEuzJnyUi"},
}
