"""What ``seed_scale`` has the database make by itself."""

EVENTS = """
INSERT INTO events_event (
    id, camera_id, rule_id, rule_version, lease_epoch, held_epoch, track_id, class_name, confidence, severity,
    severity_rank, message, started_at, ended_at, state, box_xyxy, evidence, received_at, verdict, verdict_note)
WITH kind AS (
    SELECT (ordinality - 1)::int AS number, value FROM jsonb_array_elements(%(kinds)s::jsonb) WITH ORDINALITY
), chance AS (
    -- The squares make some cameras and kinds busier than others; the events lie evenly over the days.
    SELECT n, pow(random(), 2) AS place, pow(random(), 2) AS sort, random() AS verdict,
           now() - make_interval(secs => %(days)s * 86400.0 * n / %(events)s) AS at
    FROM generate_series(1, %(events)s) AS n
)
SELECT gen_random_uuid(), (%(cameras)s)[1 + floor(place * cardinality(%(cameras)s))::int], (value->>'rule')::bigint,
       1, 1, 1, n, value->>'seen', 0.4 + place * 0.5, value->>'severity',
       array_position(ARRAY['low', 'medium', 'high', 'critical'], value->>'severity') - 1, value->>'message', at,
       at + interval '20 seconds', 'ended', '[0.42, 0.33, 0.5, 0.78]', '{}', at + interval '1 second',
       CASE WHEN verdict < 0.6 THEN 'unreviewed' WHEN verdict < 0.9 THEN 'true' ELSE 'false' END, ''
FROM chance JOIN kind ON kind.number = floor(sort * (SELECT count(*) FROM kind))::int
"""
CLIPS = """
INSERT INTO events_clip (event_id, video_name, video_bytes, video_sha256, codec, duration_ms, moment_ms, shortened,
                         boxes_name, snapshot_name, stored_at)
SELECT id, '', 0, '', '', 0, 0, '', '', %(snapshot)s, ended_at FROM events_event
"""
ALERTS = """
INSERT INTO alerts_alert (id, policy_id, event_id, camera_id, severity, state, raised_at, group_key, collecting,
                          event_count, escalation_level, acknowledged_at, acknowledged_by_id, resolved_at,
                          resolved_by_id, first_event_at, last_event_at, system_category,
                          times_reopened)
SELECT gen_random_uuid(), %(policy)s, id, camera_id, severity, state, received_at, '', false, 1, 0,
       CASE WHEN state <> 'open' THEN received_at + interval '2 minutes' END,
       CASE WHEN state <> 'open' THEN %(admin)s END,
       CASE WHEN state IN ('resolved', 'false') THEN received_at + interval '9 minutes' END,
       CASE WHEN state IN ('resolved', 'false') THEN %(admin)s END, started_at, started_at, '', 0
FROM (SELECT *, (ARRAY['open', 'acknowledged', 'acknowledged', 'false', 'resolved', 'resolved', 'resolved', 'resolved',
                       'resolved', 'resolved'])[1 + track_id / %(every)s %% 10] AS state
      FROM (SELECT id, camera_id, severity, received_at, started_at, track_id FROM events_event
            WHERE track_id %% %(every)s = 0) AS chosen) AS event
"""
LINKS = """
INSERT INTO alerts_alertevent (alert_id, event_id, policy_id, linked_at)
SELECT id, event_id, policy_id, raised_at FROM alerts_alert
"""
DELIVERIES = """
INSERT INTO alerts_delivery (id, alert_id, recipient_id, address, channel, state, reason, attempts, sent_at, detail,
                             created_at, step, in_quiet_hours, admitted, gathering, held, round)
SELECT gen_random_uuid(), id, %(admin)s, '', channel, CASE WHEN random() < 0.99 THEN 'sent' ELSE 'failed' END, '', 1,
       raised_at, '', raised_at, 0, false, true, false, false, 0
FROM alerts_alert CROSS JOIN (VALUES ('in_app'), ('email')) AS way (channel)
"""
CHANGES = """
INSERT INTO alerts_alertchange (alert_id, at, actor_id, actor_name, kind, note)
SELECT id, acknowledged_at, acknowledged_by_id, 'admin', 'acknowledged', '' FROM alerts_alert
WHERE acknowledged_at IS NOT NULL
"""
COVERAGE = """
INSERT INTO cameras_coveragespan (camera_id, state, reason, started_at, ended_at)
SELECT camera, (ARRAY['analysed', 'analysed', 'degraded', 'analysed', 'blind'])[1 + hour %% 5], '',
       date_trunc('hour', now()) - make_interval(hours => hour + 1),
       date_trunc('hour', now()) - make_interval(hours => hour)
FROM unnest(%(cameras)s) AS camera CROSS JOIN generate_series(0, 30 * 24) AS hour
ORDER BY hour DESC -- as the ledger grows
"""
RECORDINGS = """
INSERT INTO cameras_recording (id, camera_id, uploaded_by_id, uploaded_at, original_name, started_at, start_known,
                               state, size_bytes, sha256, facts, refusal)
SELECT gen_random_uuid(), (%(cameras)s)[1 + n %% cardinality(%(cameras)s)], %(admin)s,
       now() - make_interval(hours => n), 'recording-' || n || '.mp4',
       now() - make_interval(hours => n + 1), true, 'deleted', 8000000, '',
       '{"duration_ms": 60000, "codec": "h264", "width": 1920, "height": 1080, "fps": 25.0}', ''
FROM generate_series(1, %(jobs)s) AS n
"""
JOBS = """
INSERT INTO workers_job (id, recording_id, state, created_at, started_at, ended_at, position_ms, frames_analysed,
                         frames_lost, validation_attempts, error, notes)
SELECT gen_random_uuid(), id, 'done', uploaded_at, uploaded_at, uploaded_at + interval '20 seconds', 60000, 300, 0, 1,
       '', '[]'
FROM cameras_recording
"""
LETTERS = """
INSERT INTO workers_deadletter (at, kind, reason, payload, subject, state, outcome)
SELECT now() - make_interval(hours => n), 'event.end', 'There is no such event.', '{}', gen_random_uuid()::text,
       'kept', ''
FROM generate_series(1, %(letters)s) AS n
"""
STATEMENTS = (EVENTS, CLIPS, ALERTS, LINKS, DELIVERIES, CHANGES, COVERAGE, RECORDINGS, JOBS, LETTERS)
