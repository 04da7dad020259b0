-- Records with an own change that the server has not confirmed, counted by visit. A step in a
-- finding's life names only the finding, so its visit is the finding's.
SELECT coalesce(
           CASE e.kind WHEN 'inspection' THEN e.id END,
           r.inspection,
           (SELECT f.inspection FROM record f WHERE f.kind = 'finding' AND f.id = r.finding),
           ''
       ) AS visit,
       count(DISTINCT e.kind || e.id)
FROM device d
JOIN change c ON c.device = d.device AND c.epoch = d.epoch AND c.seq > d.acked_seq
JOIN edit e ON e.device = c.device AND e.epoch = c.epoch AND e.seq = c.seq
JOIN record r ON r.kind = e.kind AND r.id = e.id
GROUP BY visit
