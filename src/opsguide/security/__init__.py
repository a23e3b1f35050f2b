"""Security: detections, patching, access."""
