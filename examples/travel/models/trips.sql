-- One row per trip: what the traveller wants, and how far it has come.

-- schema
CREATE TABLE trips (
  trip_id       TEXT PRIMARY KEY,
  traveller     TEXT NOT NULL,
  status        TEXT NOT NULL,               -- requested, confirmed, cancelled
  flight        TEXT,                        -- NULL: none is wanted
  hotel         TEXT,
  car           TEXT,
  flight_booked INTEGER NOT NULL DEFAULT 0,
  hotel_booked  INTEGER NOT NULL DEFAULT 0,
  car_booked    INTEGER NOT NULL DEFAULT 0,
  reason        TEXT,                        -- why it was cancelled
  requested_at  TEXT NOT NULL,
  updated_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX trips_by_traveller ON trips (traveller, requested_at);
CREATE INDEX trips_by_status ON trips (status, updated_at);

-- on trip.requested.v1
INSERT INTO trips (trip_id, traveller, status, flight, hotel, car, requested_at, updated_at)
VALUES (:id, :data ->> 'traveller', 'requested', :data ->> 'flight', :data ->> 'hotel', :data ->> 'car',
        :time, :time);

-- on booking.made.v1, booking.cancelled.v1
UPDATE trips
   SET flight_booked = iif(:category = 'flight', :type = 'booking.made.v1', flight_booked),
       hotel_booked = iif(:category = 'hotel', :type = 'booking.made.v1', hotel_booked),
       car_booked = iif(:category = 'car', :type = 'booking.made.v1', car_booked),
       updated_at = :time
 WHERE trip_id = :data ->> 'tripId';

-- on trip.confirmed.v1
UPDATE trips SET status = 'confirmed', updated_at = :time WHERE trip_id = :id;

-- on trip.cancelled.v1
UPDATE trips SET status = 'cancelled', reason = :data ->> 'reason', updated_at = :time WHERE trip_id = :id;

-- query trips_of (traveller text)
SELECT trip_id, status, flight, hotel, car, reason FROM trips
 WHERE traveller = :traveller ORDER BY requested_at DESC LIMIT 100;

-- query unsettled
SELECT trip_id, status, flight_booked, hotel_booked, car_booked FROM trips
 WHERE status = 'requested'
    OR flight_booked <> (status = 'confirmed' AND flight IS NOT NULL)
    OR hotel_booked <> (status = 'confirmed' AND hotel IS NOT NULL)
    OR car_booked <> (status = 'confirmed' AND car IS NOT NULL)
 ORDER BY requested_at, trip_id LIMIT 100;
