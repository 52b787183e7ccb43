"""What more than one service needs: a closed, layered list.

contracts, errors, settings, observability; above them db, storage, queue and imaging, which never import each other.
"""
