"""What the database itself enforces, and the index of the nearest search."""

from django.contrib.postgres.operations import CreateExtension
from django.db import migrations

# A place as a point on the unit sphere. The straight distance between two such points grows with the great-circle
# distance, so the nearest by the one is the nearest by the other, at the date line and at the poles too.
SPHERE = """
CREATE FUNCTION tocsin_sphere(lat_deg double precision, lon_deg double precision) RETURNS cube
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cube(ARRAY[
    cos(radians(lat_deg)) * cos(radians(lon_deg)),
    cos(radians(lat_deg)) * sin(radians(lon_deg)),
    sin(radians(lat_deg))
]);
CREATE INDEX responder_nearest ON tocsin_responder USING gist (
    tocsin_sphere(coalesce(last_lat_deg, home_lat_deg), coalesce(last_lon_deg, home_lon_deg))
) WHERE is_willing;
"""
NO_SPHERE = "DROP INDEX responder_nearest; DROP FUNCTION tocsin_sphere;"

# The timeline is evidence: nobody changes or deletes an entry, not even with the rights of the program.
TIMELINE = """
CREATE FUNCTION tocsin_timeline_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the timeline is append-only';
END $$;
CREATE TRIGGER timeline_append_only BEFORE UPDATE OR DELETE ON tocsin_timelineentry
FOR EACH ROW EXECUTE FUNCTION tocsin_timeline_is_append_only();
CREATE FUNCTION tocsin_signal_is_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sealed IS DISTINCT FROM OLD.sealed OR NEW.uid <> OLD.uid OR NEW.received_at <> OLD.received_at
       OR NEW.protocol <> OLD.protocol OR NEW.uid_index IS DISTINCT FROM OLD.uid_index THEN
        RAISE EXCEPTION 'a signal is never changed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signal_never_changed BEFORE UPDATE ON tocsin_signal
FOR EACH ROW EXECUTE FUNCTION tocsin_signal_is_never_changed();
"""
NO_TIMELINE = """
DROP TRIGGER signal_never_changed ON tocsin_signal; DROP FUNCTION tocsin_signal_is_never_changed;
DROP TRIGGER timeline_append_only ON tocsin_timelineentry; DROP FUNCTION tocsin_timeline_is_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("tocsin", "0001_initial")]
    operations = [
        CreateExtension("cube"),
        migrations.RunSQL(SPHERE, NO_SPHERE),
        migrations.RunSQL(TIMELINE, NO_TIMELINE),
    ]
