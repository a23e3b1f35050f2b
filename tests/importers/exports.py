"""Exports as the tools' APIs give them, with whatever else stands in their answers."""

from typing import Any

PAGERDUTY: list[dict[str, Any]] = [
    {
        "users": [
            {
                "id": "PANA",
                "name": "Ana Pop",
                "email": "ana@harbour.example",
                "time_zone": "Europe/Bucharest",
                "color": "purple",
                "avatar_url": "https://secure.gravatar.example/avatar/1d.png",
                "billed": True,
                "role": "user",
                "description": None,
                "invitation_sent": False,
                "job_title": "Engineer",
                "teams": [{"id": "PT1", "type": "team_reference", "summary": "Core"}],
                "type": "user",
                "self": "https://api.pagerduty.com/users/PANA",
                "html_url": "https://harbour.pagerduty.com/users/PANA",
                "contact_methods": [
                    {
                        "id": "C1",
                        "type": "phone_contact_method",
                        "summary": "Mobile",
                        "label": "Mobile",
                        "address": "722111222",
                        "country_code": 40,
                        "blacklisted": False,
                    },
                ],
                "notification_rules": [
                    {
                        "id": "N1",
                        "type": "assignment_notification_rule",
                        "start_delay_in_minutes": 5,
                        "contact_method": {"id": "C1", "type": "phone_contact_method_reference"},
                        "urgency": "high",
                    },
                ],
            }
        ],
        "limit": 100,
        "offset": 0,
        "more": False,
        "total": None,
        "services": [{"id": "PSVC", "name": "Shop"}],
    },
    {
        "schedule": {
            "id": "PS1",
            "type": "schedule",
            "summary": "Core Platform",
            "name": "Core Platform",
            "time_zone": "Europe/Bucharest",
            "description": "Primary",
            "schedule_layers": [
                {
                    "id": "PL1",
                    "name": "Nights",
                    "start": "2026-10-05T09:00:00Z",
                    "end": "2027-10-05T09:00:00Z",
                    "rotation_virtual_start": "2026-10-05T09:00:00Z",
                    "rotation_turn_length_seconds": 86_400,
                    "users": [
                        {"user": {"id": "PANA", "type": "user_reference"}},
                        {"user": {"id": "PDAN", "type": "user_reference"}},
                    ],
                    "restrictions": [
                        {
                            "type": "weekly_restriction",
                            "start_time_of_day": "22:00:00",
                            "duration_seconds": 28_800,
                            "start_day_of_week": 5,
                        }
                    ],
                    "rendered_schedule_entries": [
                        {"start": "2026-12-01T00:00:00Z", "end": "2026-12-02T00:00:00Z"}
                    ],
                    "rendered_coverage_percentage": 33.3,
                }
            ],
            "overrides_subschedule": {
                "name": "Overrides",
                "rendered_schedule_entries": [
                    {
                        "start": "2026-12-24T09:00:00Z",
                        "end": "2026-12-25T09:00:00Z",
                        "user": {"id": "PDAN"},
                    }
                ],
            },
            "final_schedule": {"name": "Final Schedule", "rendered_coverage_percentage": 100.0},
            "escalation_policies": [{"id": "PE1", "summary": "Harbour"}],
        }
    },
    {
        "escalation_policies": [
            {
                "id": "PE1",
                "name": "Harbour",
                "num_loops": 2,
                "on_call_handoff_notifications": "if_has_services",
                "escalation_rules": [
                    {
                        "id": "PR1",
                        "escalation_delay_in_minutes": 15,
                        "targets": [{"id": "PS1", "type": "schedule_reference", "summary": "Core"}],
                    },
                    {
                        "escalation_delay_in_minutes": 20,
                        "targets": [{"id": "PANA", "type": "user_reference"}],
                    },
                    {"targets": [{"id": "PDAN", "type": "user_reference", "summary": "Dan"}]},
                ],
                "services": [{"id": "PSVC"}],
            }
        ]
    },
]


def _ana() -> dict[str, Any]:
    return {"type": "user", "username": "ana@harbour.example"}


OPSGENIE: list[dict[str, Any]] = [
    {
        "data": [
            {
                "id": "id-ana",
                "username": "ana@harbour.example",
                "fullName": "Ana Pop",
                "role": {"id": "User", "name": "User"},
                "blocked": False,
                "verified": True,
                "locale": "en_US",
                "timeZone": "Europe/Bucharest",
                "createdAt": "2017-05-12T08:34:30.283Z",
                "userContacts": [
                    {"id": "c1", "contactMethod": "voice", "to": "40-722111222", "enabled": True},
                    {"contactMethod": "mobile"},
                ],
            }
        ],
        "totalCount": 1,
        "took": 0.2,
        "requestId": "r-1",
    },
    {
        "data": [
            {
                "id": "S1",
                "name": "Core Platform",
                "description": "Primary",
                "timezone": "Europe/Bucharest",
                "enabled": True,
                "ownerTeam": {"id": "T1", "name": "Core"},
                "rotations": [
                    {
                        "id": "R1",
                        "name": "Office",
                        "startDate": "2026-10-05T06:00:00Z",
                        "endDate": "2027-10-05T06:00:00Z",
                        "type": "daily",
                        "length": 2,
                        "participants": [_ana()],
                        "timeRestriction": {
                            "type": "weekday-and-time-of-day",
                            "restrictions": [
                                {
                                    "startDay": "monday",
                                    "startHour": 9,
                                    "startMin": 30,
                                    "endDay": "friday",
                                    "endHour": 17,
                                    "endMin": 30,
                                }
                            ],
                        },
                    }
                ],
            }
        ]
    },
    {
        "data": [
            {
                "id": "E1",
                "name": "Harbour",
                "description": "",
                "ownerTeam": {"id": "T1", "name": "Core"},
                "rules": [
                    {
                        "condition": "if-not-acked",
                        "notifyType": "default",
                        "delay": {"timeAmount": 5, "timeUnit": "minutes"},
                        "recipient": {"type": "schedule", "id": "S1"},
                    }
                ],
                "repeat": {"waitInterval": 10, "count": 2, "resetRecipientStates": True},
            }
        ]
    },
    {
        "data": {
            "id": "N1",
            "name": "New alert",
            "actionType": "create-alert",
            "order": 1,
            "enabled": True,
            "criteria": {"type": "match-all"},
            "steps": [
                {"contact": {"method": "mobile"}, "sendAfter": {"timeAmount": 0}, "enabled": True},
                {
                    "id": "st2",
                    "contact": {"method": "voice", "to": "40-722111222"},
                    "sendAfter": {"timeAmount": 5, "timeUnit": "minutes"},
                    "enabled": True,
                },
            ],
            "repeat": {"loopAfter": 5, "enabled": True},
        }
    },
    {
        "data": [
            {
                "id": "RR1",
                "name": "At night",
                "order": 0,
                "isDefault": False,
                "timezone": "Europe/Bucharest",
                "criteria": {"type": "match-any-condition", "conditions": [{"field": "priority"}]},
                "notify": {"type": "escalation", "name": "Harbour", "id": "E1"},
            }
        ]
    },
    {"data": [{"id": "T1", "name": "Core", "description": "Platform", "members": [{"role": "admin"}]}]},
]

ONCALL: list[dict[str, Any]] = [
    {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [
            {
                "id": "Uana",
                "grafana_id": 1,
                "username": "ana",
                "email": "ana@harbour.example",
                "name": "Ana Pop",
                "slack": {"user_id": "U1", "team_id": "T1"},
                "role": "admin",
                "timezone": "Europe/Bucharest",
                "is_phone_number_verified": True,
                "teams": ["T1"],
            }
        ],
        "current_page_number": 1,
        "page_size": 50,
        "total_pages": 1,
    },
    {
        "results": [
            {
                "id": "S1",
                "team_id": "T1",
                "name": "Core Platform",
                "type": "web",
                "time_zone": "Europe/Bucharest",
                "on_call_now": ["Uana"],
                "shifts": ["O1"],
                "slack": {"channel_id": "C1", "user_group_id": "G1"},
                "ical_url_overrides": "https://calendar.example/overrides.ics",
            }
        ]
    },
    {
        "results": [
            {
                "id": "O1",
                "team_id": "T1",
                "type": "rolling_users",
                "name": "Week",
                "time_zone": "Europe/Bucharest",
                "level": 1,
                "start": "2026-10-05T09:00:00",
                "duration": 28_800,
                "frequency": "weekly",
                "interval": 1,
                "week_start": "MO",
                "by_day": ["MO", "TU"],
                "rolling_users": [["Uana"], ["Udan"]],
                "rotation_start": "2027-10-05T09:00:00",
                "until": "2028-10-05T09:00:00",
                "start_rotation_from_user_index": 1,
                "source": 0,
            }
        ]
    },
    {"results": [{"id": "F1", "name": "Harbour", "team_id": "T1"}]},
    {
        "results": [
            {
                "id": "E1",
                "escalation_chain_id": "F1",
                "position": 0,
                "type": "notify_on_call_from_schedule",
                "notify_on_call_from_schedule": "S1",
                "important": False,
            },
            {"id": "E2", "escalation_chain_id": "F1", "position": 1, "type": "wait", "duration": 300},
            {
                "id": "E3",
                "escalation_chain_id": "F1",
                "position": 2,
                "type": "notify_persons",
                "persons_to_notify": ["Uana"],
            },
        ]
    },
    {
        "results": [
            {"id": "N1", "user_id": "Uana", "position": 0, "important": False, "type": "notify_by_sms"},
            {
                "id": "N2",
                "user_id": "Uana",
                "position": 1,
                "important": False,
                "type": "wait",
                "duration": 60,
            },
            {
                "id": "N3",
                "user_id": "Uana",
                "position": 2,
                "important": False,
                "type": "notify_by_phone_call",
            },
        ]
    },
]
