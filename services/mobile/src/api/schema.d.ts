// Made by scripts/api-types.mjs from openapi.json. Not to be edited.

export interface paths {
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The process lives
         * @description Answer from the event loop itself: a full thread pool is no reason to be restarted.
         */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Photos can be accepted */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The clinic's cases, newest first
         * @description Filters narrow together. With `updated_after` or `updated_before` the last changed case comes first.
         */
        get: operations["list_cases"];
        put?: never;
        /**
         * Submit a photo
         * @description Accept a photo. The 202 means that it is stored and will reach an end; poll the case for it.
         *
         *     With `Prefer: wait=n`, and a key that may read cases, the body may already tell that end.
         */
        post: operations["submit_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a form with which a photo goes straight to the store
         * @description Then submit the case with `upload_id` as JSON. An upload becomes one case; one that is not used is deleted.
         */
        post: operations["create_upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/lesions/{lesion_ref}/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One lesion through time, oldest first
         * @description Sorted by `captured_at`, or by `created_at` where nobody said when. A lesion that no case names has no cases.
         */
        get: operations["list_lesion_cases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{case_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One case
         * @description Answer at once or, with `Prefer: wait=n`, as soon as there is a version that the caller does not know.
         *
         *     Known are the versions that `If-None-Match` names and those up to `since_version`; without either the answer waits
         *     for the end of the case. A case that has ended is answered at once.
         */
        get: operations["get_case"];
        put?: never;
        post?: never;
        /**
         * Erase a case, whatever its state
         * @description Blank the record at once and for good; the objects are removed soon afterwards.
         *
         *     Sent again it changes nothing, and tells how far that is. To a device the case is not there any more by then.
         */
        delete: operations["erase_case"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{case_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a photo back
         * @description Cancel a waiting case at once; one that is being worked on ends canceled when its batch ends.
         */
        post: operations["cancel_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{case_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened to a case, oldest first
         * @description Answer with a page, or with a stream that tells each further event as it happens.
         *
         *     In a stream `id` is the version, `event` the type and `data` the event as in a page. Comments keep it open.
         */
        get: operations["list_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{case_id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every run of a case, the first one first */
        get: operations["list_runs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run */
        get: operations["get_run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{case_id}/image": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The stored photo: upright, sRGB, without metadata */
        get: operations["get_image"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{case_id}/heatmap": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The map of one class as data
         * @description Return the positive evidence as a 16-bit grey PNG, one pixel a cell, 65535 = the logits in `X-Heatmap-Max`.
         *
         *     With `Accept: application/x-npy`: the signed maps of all classes as a numpy file, float16 [7, h, w], in logits.
         */
        get: operations["get_heatmap"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{case_id}/layer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The map of one class, to be laid over the photo: transparent where there is no evidence */
        get: operations["get_layer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{case_id}/overlay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Photo and map of one class blended, with a legend */
        get: operations["get_overlay"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subjects/{subject_ref}/consents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A subject's consents
         * @description The latest first. A subject that nobody has named has none; for a device there is its own subject alone.
         */
        get: operations["list_consents"];
        put?: never;
        /**
         * Record that a subject has agreed
         * @description Record a consent. One that was given before a withdrawal is refused; a later one lifts it.
         */
        post: operations["record_consent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subjects/{subject_ref}/consents/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Withdraw a subject's consent, and stop what is open
         * @description Cancel the subject's open cases, and take no photo of it before it has agreed again.
         *
         *     Results that exist stay until they are erased. Sent again it changes nothing.
         */
        post: operations["withdraw_consent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subjects/{subject_ref}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All that is stored of a subject
         * @description Photos, pictures, results, events and consents, each with what it is. README.txt says what is where.
         *
         *     A device gets what it may see of its subject: without probabilities where they mean nothing.
         */
        get: operations["export_subject"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subjects/{subject_ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Erase all that is stored of a subject
         * @description Erase every case of the subject as `DELETE /v1/cases/{case_id}` does, then its consents and its reference.
         *
         *     What takes longer than some seconds goes on by itself. Sent again it tells how far that is; once it is done nothing
         *     is stored, and nothing is left to tell. The subject's devices are signed out at once, the one that asks among them.
         */
        delete: operations["erase_subject"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reruns/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Plan a campaign: its cases are written down, nothing is run
         * @description The plan counts for an hour. Cases that are not run are counted by the reason.
         */
        post: operations["plan_rerun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reruns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Campaigns and plans, newest first */
        get: operations["list_reruns"];
        put?: never;
        /**
         * Start a plan
         * @description Starting it again changes nothing.
         */
        post: operations["start_rerun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reruns/{rerun_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One campaign, and how far it has come */
        get: operations["get_rerun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reruns/{rerun_id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop feeding a campaign
         * @description What is at work ends; what waits is taken back until the campaign goes on.
         */
        post: operations["pause_rerun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reruns/{rerun_id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a paused campaign go on */
        post: operations["resume_rerun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reruns/{rerun_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call a campaign off
         * @description What waits is canceled; what is at work ends, and its results are never published.
         */
        post: operations["cancel_rerun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{case_id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run one case again: a campaign of one, started at once
         * @description On the active model, or on the one that is named. A case that failed or expired is repaired by it.
         */
        post: operations["rerun_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reruns/{rerun_id}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish the results of a finished campaign
         * @description Each case by compare-and-set, a hundred in a transaction: asked again after an error, it goes on.
         */
        post: operations["promote_rerun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reruns/{rerun_id}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restore what cases published before the campaign, and their states */
        post: operations["roll_back_rerun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reruns/{rerun_id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a campaign changes: agreement, flips, shifts, failures, provenance of both sides */
        get: operations["get_rerun_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reruns/{rerun_id}/report.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Both sides of each case, a line a case */
        get: operations["get_rerun_report_csv"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reruns/{rerun_id}/report.html": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The report as one page with plots and the 50 largest changes in pictures */
        get: operations["get_rerun_report_page"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The clinic's webhook endpoints, newest first */
        get: operations["list_webhook_endpoints"];
        put?: never;
        /**
         * Create a webhook endpoint; its secret is shown this once
         * @description Events from now on are sent to `url`, signed with the secret.
         */
        post: operations["create_webhook_endpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{endpoint_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One webhook endpoint */
        get: operations["get_webhook_endpoint"];
        put?: never;
        post?: never;
        /**
         * Delete a webhook endpoint and its secrets
         * @description Nothing is sent to it any more, nor what was under way. There is no way back.
         */
        delete: operations["delete_webhook_endpoint"];
        options?: never;
        head?: never;
        /**
         * Change a webhook endpoint
         * @description Only what is named changes. With a new `url`, what was learnt of the old one is forgotten.
         */
        patch: operations["change_webhook_endpoint"];
        trace?: never;
    };
    "/v1/webhook-endpoints/{endpoint_id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send to a webhook endpoint again
         * @description What waited for it is sent first. What happened meanwhile is not: `replay-missing` sends that.
         */
        post: operations["enable_webhook_endpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{endpoint_id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send nothing to a webhook endpoint */
        post: operations["disable_webhook_endpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{endpoint_id}/secret/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a successor of the secret; it is shown this once
         * @description For `overlap_s` seconds each message is signed with the old secret too; with 0 every old one ends at once.
         */
        post: operations["rotate_webhook_secret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{endpoint_id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was sent to a webhook endpoint, newest first */
        get: operations["list_deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries/{delivery_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One delivery, with each of its requests */
        get: operations["get_delivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries/{delivery_id}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send an event again that was delivered, or failed
         * @description With the same `webhook-id`, so that a receiver sees that it knows it, and up to ten attempts more.
         */
        post: operations["redeliver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{endpoint_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test to a webhook endpoint
         * @description An event `endpoint.test`, signed as any other, whatever event types the endpoint has asked for.
         */
        post: operations["send_webhook_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{endpoint_id}/recover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send again what failed in a time
         * @description Events of the last 14 days, up to 10,000 of them in a call.
         */
        post: operations["recover_deliveries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{endpoint_id}/replay-missing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send what was never sent to a webhook endpoint
         * @description Events of the last 30 days, from before it was there or while it was disabled; up to 10,000 of them in a call.
         */
        post: operations["replay_missing_deliveries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Accepted, open and terminal cases of every clinic, and whatever must not be */
        get: operations["get_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/access-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who did what, from where and when, newest first */
        get: operations["list_access_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every model, newest first */
        get: operations["list_models"];
        put?: never;
        /**
         * Register a model as a candidate
         * @description Nothing is run on it before it is activated. Its parts may come in any order.
         */
        post: operations["register_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One model, and what its manifest says */
        get: operations["get_model"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model_id}/card": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is said about the model for people */
        get: operations["get_model_card"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model_id}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give new cases to this model
         * @description The model that was active is retired. Workers take this one up without a restart; runs keep the model they name.
         *
         *     Activating a retired model is a roll back.
         */
        post: operations["activate_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model_id}/retire": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say that a model is not to be used again
         * @description Runs that name it are still done. Retiring it again changes nothing.
         */
        post: operations["retire_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clinics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every clinic, newest first */
        get: operations["list_clinics"];
        put?: never;
        /** Create a clinic */
        post: operations["create_clinic"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clinics/{clinic_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One clinic */
        get: operations["get_clinic"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a clinic's name, limits, consent or retention
         * @description Only what is named changes. Keys in use notice within five seconds.
         */
        patch: operations["change_clinic"];
        trace?: never;
    };
    "/v1/clinics/{clinic_id}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A clinic's keys, without their text */
        get: operations["list_keys"];
        put?: never;
        /** Create a key of a clinic; it is shown this once */
        post: operations["create_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key_id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a successor of a key; it is shown this once
         * @description The old key counts for `overlap_s` seconds more; without an overlap it ends within five.
         */
        post: operations["rotate_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key_id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a key for good
         * @description It stops counting within five seconds. Revoking it again changes nothing.
         */
        post: operations["revoke_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/enrolments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a code by which a patient enrols a device; it is shown this once
         * @description The device may then do what `cases:read` and `cases:write` allow, for the cases of this one subject.
         */
        post: operations["create_enrolment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/enrol": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign a device in by a code; no key is needed
         * @description A code that is unknown, used or over is refused in the same words. Too many of them lock out who sends them.
         */
        post: operations["enrol_device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get the next tokens for a refresh token, which counts once
         * @description A token that was followed by another which is in use signs the device out, whoever sends it.
         */
        post: operations["refresh_device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign the calling device out for good */
        post: operations["log_out_device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The clinic's devices, newest first */
        get: operations["list_devices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{device_id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign a device out for good
         * @description Its tokens stop counting within five seconds. Revoking it again changes nothing.
         */
        post: operations["revoke_device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who calls, and what that may do
         * @description With any key or access token.
         */
        get: operations["get_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * AccessLine
         * @description One row: when, who, from where, what, and under which request.
         *
         *     `clinic_id` is the caller's, or the one that an operator looked into with the console. `address` is a pseudonym: the
         *     same for the same address. `subject` is the id of what was acted on where that is no case, or something of one;
         *     `part` is which kind of it, `count` is how many.
         */
        AccessLine: {
            /** Id */
            id: number;
            /**
             * At
             * Format: date-time
             */
            at: string;
            caller: components["schemas"]["ActorKind"];
            /** Clinic Id */
            clinic_id: string | null;
            /** Key Id */
            key_id: string | null;
            /** Device Id */
            device_id: string | null;
            /** Address */
            address: string | null;
            /** Request Id */
            request_id: string | null;
            /** Action */
            action: string;
            /** Case Id */
            case_id: string | null;
            /** Subject */
            subject: string | null;
            /** Part */
            part: string | null;
            /** Version */
            version: number | null;
            /** Count */
            count: number | null;
            outcome: components["schemas"]["AccessOutcome"];
        };
        /**
         * AccessOutcome
         * @enum {string}
         */
        AccessOutcome: "done" | "refused";
        /**
         * AccessPage
         * @description Newest first. `next_cursor` is null on the last page.
         */
        AccessPage: {
            /** Items */
            items: components["schemas"]["AccessLine"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * ActorKind
         * @description Who acts: a caller by its kind, or what has no key and acts on the machine itself.
         * @enum {string}
         */
        ActorKind: "clinic_key" | "operator_key" | "device" | "command_line" | "maintenance" | "nobody";
        /** Alive */
        Alive: {
            status: components["schemas"]["Condition"];
        };
        /**
         * AttemptBody
         * @description One request. `outcome` is null while it is under way, `status` and `response` where nothing came back.
         */
        AttemptBody: {
            /** Number */
            number: number;
            /**
             * Started At
             * Format: date-time
             */
            started_at: string;
            outcome: components["schemas"]["AttemptOutcome"] | null;
            /** Status */
            status: number | null;
            /** Latency Ms */
            latency_ms: number | null;
            /**
             * Response
             * @description The beginning of what was answered, at most 2 kB
             */
            response: string | null;
        };
        /**
         * AttemptOutcome
         * @description How one request to an endpoint ended.
         * @enum {string}
         */
        AttemptOutcome: "delivered" | "refused" | "timed_out" | "unreachable" | "malformed" | "address_refused" | "not_sent" | "lost";
        /** AuditBody */
        AuditBody: {
            /** Balances */
            balances: components["schemas"]["Balance"][];
            /**
             * Violations
             * @description Each one is a defect of this software
             */
            violations: components["schemas"]["Violation"][];
        };
        /**
         * Balance
         * @description One clinic: accepted = open + terminal, at every moment.
         */
        Balance: {
            /** Clinic Id */
            clinic_id: string;
            /** Accepted */
            accepted: number;
            /** Open */
            open: number;
            /** Terminal */
            terminal: number;
        };
        /**
         * CallerKind
         * @description Who may call.
         * @enum {string}
         */
        CallerKind: "clinic_key" | "operator_key" | "device";
        /**
         * CaseBody
         * @description One photo and what is known about it. `version` grows by one with every visible change.
         */
        CaseBody: {
            /** Id */
            id: string;
            /** Version */
            version: number;
            state: components["schemas"]["CaseState"];
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
            /** Client Ref */
            client_ref: string | null;
            /** Subject Ref */
            subject_ref: string | null;
            /** Lesion Ref */
            lesion_ref: string | null;
            /** Body Site */
            body_site: string | null;
            /** Age */
            age: number | null;
            sex: components["schemas"]["Sex"] | null;
            /** Captured At */
            captured_at: string | null;
            modality: components["schemas"]["Modality"];
            /** Deadline At */
            deadline_at: string | null;
            image: components["schemas"]["StoredImage"] | null;
            progress: components["schemas"]["Progress"];
            result: components["schemas"]["ResultBody"] | null;
            rejection: components["schemas"]["Rejection"] | null;
            error: components["schemas"]["Failure"] | null;
            links: components["schemas"]["Links"];
        };
        /**
         * CasePage
         * @description Newest first. `next_cursor` is null on the last page.
         */
        CasePage: {
            /** Items */
            items: components["schemas"]["CaseBody"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * CaseState
         * @description Where a photo stands. Who moves it on is said in `shared.contracts.lifecycle`.
         * @enum {string}
         */
        CaseState: "accepted" | "processing" | "completed" | "rejected" | "failed" | "canceled" | "expired" | "erased";
        /**
         * Change
         * @description How many cases had `before` and have `after`; the two are the same where nothing changed.
         */
        Change: {
            /** Before */
            before: string;
            /** After */
            after: string;
            /** Cases */
            cases: number;
        };
        /**
         * ClinicBody
         * @description A clinic, and what each of its keys may do in a minute; null is what the settings allow everybody.
         */
        ClinicBody: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Requests Per Minute */
            requests_per_minute: number | null;
            /** Photos Per Minute */
            photos_per_minute: number | null;
            /**
             * Consent Required
             * @description Whether photos are taken only with the subject's consent; needs `consent_text_version`
             */
            consent_required: boolean;
            /**
             * Consent Text Version
             * @description The text that subjects agree to, by a name of the clinic's
             */
            consent_text_version: string | null;
            /**
             * Retention Days
             * @description Days after which a case that has ended is erased; null: kept until it is asked to be
             */
            retention_days: number | null;
        };
        /**
         * ClinicChange
         * @description What is to change. A number that is null gives the clinic back what the settings allow everybody.
         */
        ClinicChange: {
            /**
             * Name
             * @default null
             */
            name?: string | null;
            /**
             * Requests Per Minute
             * @default null
             */
            requests_per_minute?: number | null;
            /**
             * Photos Per Minute
             * @default null
             */
            photos_per_minute?: number | null;
            /**
             * Consent Required
             * @description Whether photos are taken only with the subject's consent; needs `consent_text_version`
             * @default null
             */
            consent_required?: boolean | null;
            /**
             * Consent Text Version
             * @description The text that subjects agree to, by a name of the clinic's
             * @default null
             */
            consent_text_version?: string | null;
            /**
             * Retention Days
             * @description Days after which a case that has ended is erased; null: kept until it is asked to be
             * @default null
             */
            retention_days?: number | null;
        };
        /** ClinicName */
        ClinicName: {
            /** Id */
            id: string;
            /** Name */
            name: string;
        };
        /**
         * ClinicPage
         * @description Newest first. `next_cursor` is null on the last page.
         */
        ClinicPage: {
            /** Items */
            items: components["schemas"]["ClinicBody"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * Colormap
         * @description Colour scales that `shared.imaging` draws with.
         * @enum {string}
         */
        Colormap: "ember" | "tide" | "gray";
        /**
         * Condition
         * @enum {string}
         */
        Condition: "ok" | "down";
        /**
         * ConsentBody
         * @description One consent. It stands until `withdrawn_at` is set.
         */
        ConsentBody: {
            /** Id */
            id: string;
            purpose: components["schemas"]["ConsentPurpose"];
            /** Text Version */
            text_version: string;
            /**
             * Given At
             * Format: date-time
             * @description By the clock of whoever asked for it
             */
            given_at: string;
            /**
             * Recorded At
             * Format: date-time
             */
            recorded_at: string;
            /** Withdrawn At */
            withdrawn_at: string | null;
        };
        /**
         * ConsentList
         * @description The subject's consents, the latest first; at most 100.
         */
        ConsentList: {
            /** Items */
            items: components["schemas"]["ConsentBody"][];
        };
        /**
         * ConsentPurpose
         * @description What somebody agrees to.
         * @enum {string}
         */
        ConsentPurpose: "screening";
        /**
         * CreatedKey
         * @description A new key. `key` is shown this once.
         */
        CreatedKey: {
            /** Clinic Id */
            clinic_id: string | null;
            /** Clinic */
            clinic: string | null;
            /** Key Id */
            key_id: string;
            /** Key */
            key: string;
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
            /** Expires At */
            expires_at: string | null;
        };
        /**
         * Decision
         * @description The three bands of the answer. `review` means that a person has to look before anything is concluded.
         * @enum {string}
         */
        Decision: "refer" | "no_refer" | "review";
        /**
         * DeliveryBody
         * @description One event on its way to one endpoint. `event_id` is the `webhook-id` of each of its requests.
         *
         *     `case_id` and `version` are null for events of an endpoint itself; `next_attempt_at` is null unless it is pending.
         */
        DeliveryBody: {
            /** Id */
            id: string;
            /** Endpoint Id */
            endpoint_id: string;
            /** Event Id */
            event_id: string;
            event_type: components["schemas"]["EventType"];
            /** Case Id */
            case_id: string | null;
            /** Version */
            version: number | null;
            state: components["schemas"]["DeliveryState"];
            /** Attempt Count */
            attempt_count: number;
            /** Next Attempt At */
            next_attempt_at: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Finished At */
            finished_at: string | null;
        };
        /**
         * DeliveryDetail
         * @description A delivery with its requests, oldest first.
         */
        DeliveryDetail: {
            /** Id */
            id: string;
            /** Endpoint Id */
            endpoint_id: string;
            /** Event Id */
            event_id: string;
            event_type: components["schemas"]["EventType"];
            /** Case Id */
            case_id: string | null;
            /** Version */
            version: number | null;
            state: components["schemas"]["DeliveryState"];
            /** Attempt Count */
            attempt_count: number;
            /** Next Attempt At */
            next_attempt_at: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Finished At */
            finished_at: string | null;
            /** Attempts */
            attempts: components["schemas"]["AttemptBody"][];
        };
        /**
         * DeliveryPage
         * @description Newest first. `next_cursor` is null on the last page.
         */
        DeliveryPage: {
            /** Items */
            items: components["schemas"]["DeliveryBody"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * DeliveryState
         * @description Where one event stands on its way to one endpoint.
         * @enum {string}
         */
        DeliveryState: "pending" | "sending" | "delivered" | "failed";
        /**
         * DeviceBody
         * @description A device. It is signed out where `revoked_at` is set or `expires_at` has passed.
         */
        DeviceBody: {
            /** Device Id */
            device_id: string;
            /** Subject Ref */
            subject_ref: string;
            /** Name */
            name: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Last Used At */
            last_used_at: string | null;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Revoked At */
            revoked_at: string | null;
            revoked_because: components["schemas"]["RevokedBecause"] | null;
        };
        /**
         * DevicePage
         * @description Newest first. `next_cursor` is null on the last page.
         */
        DevicePage: {
            /** Items */
            items: components["schemas"]["DeviceBody"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * DisabledReason
         * @description Why nothing is sent to an endpoint.
         * @enum {string}
         */
        DisabledReason: "caller" | "gone" | "failing";
        /**
         * Distribution
         * @description Of so many numbers: quantiles by nearest rank and the largest, to 4 digits, and counts in equal bins.
         */
        Distribution: {
            /** Cases */
            cases: number;
            /** Quantiles */
            quantiles: {
                [key: string]: number;
            };
            /** Low */
            low: number;
            /** High */
            high: number;
            /** Histogram */
            histogram: number[];
        };
        /**
         * EndpointBody
         * @description An endpoint, and how it has answered. `failing_since`: the first failure after the last success.
         */
        EndpointBody: {
            /** Id */
            id: string;
            /** Url */
            url: string;
            /** Description */
            description: string | null;
            /**
             * Event Types
             * @description What is sent; null is everything but `case.accepted`
             */
            event_types: components["schemas"]["EventType"][] | null;
            payload: components["schemas"]["PayloadKind"];
            /** Enabled */
            enabled: boolean;
            disabled_reason: components["schemas"]["DisabledReason"] | null;
            /** Disabled At */
            disabled_at: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
            /** Failing Since */
            failing_since: string | null;
            /** Last Success At */
            last_success_at: string | null;
            /** Last Failure At */
            last_failure_at: string | null;
            /**
             * Secrets
             * @description Those that sign, the current one first
             */
            secrets: components["schemas"]["SecretLine"][];
        };
        /**
         * EndpointChange
         * @description What is to change. Null takes a description away, and stands for the usual event types.
         */
        EndpointChange: {
            /**
             * Url
             * @default null
             */
            url?: string | null;
            /**
             * Description
             * @default null
             */
            description?: string | null;
            /**
             * Event Types
             * @description What is sent; null is everything but `case.accepted`
             * @default null
             */
            event_types?: ("case.accepted" | "case.completed" | "case.rejected" | "case.failed" | "case.canceled" | "case.expired" | "case.erased" | "result.superseded" | "rerun.completed" | "endpoint.disabled")[] | null;
            /**
             * @description `thin` says where to read the result, `full` holds it, with your references
             * @default null
             */
            payload?: components["schemas"]["PayloadKind"] | null;
        };
        /**
         * EndpointList
         * @description All of them, newest first.
         */
        EndpointList: {
            /** Items */
            items: components["schemas"]["EndpointBody"][];
        };
        /**
         * EndpointWithSecret
         * @description An endpoint with its new secret, which is shown this once.
         */
        EndpointWithSecret: {
            /** Id */
            id: string;
            /** Url */
            url: string;
            /** Description */
            description: string | null;
            /**
             * Event Types
             * @description What is sent; null is everything but `case.accepted`
             */
            event_types: components["schemas"]["EventType"][] | null;
            payload: components["schemas"]["PayloadKind"];
            /** Enabled */
            enabled: boolean;
            disabled_reason: components["schemas"]["DisabledReason"] | null;
            /** Disabled At */
            disabled_at: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
            /** Failing Since */
            failing_since: string | null;
            /** Last Success At */
            last_success_at: string | null;
            /** Last Failure At */
            last_failure_at: string | null;
            /**
             * Secrets
             * @description Those that sign, the current one first
             */
            secrets: components["schemas"]["SecretLine"][];
            /** Secret */
            secret: string;
        };
        /**
         * EnrolDevice
         * @description A code as it was typed: in any case, with or without its dash, O for 0 and I or L for 1.
         */
        EnrolDevice: {
            /**
             * Code
             * @example 7M4TQ-ZC5HD
             */
            code: string;
            /**
             * Name
             * @description What the clinic sees the device listed as
             * @default null
             */
            name?: string | null;
            /**
             * Cookie
             * @description For browsers: the refresh token goes into a cookie instead
             * @default false
             */
            cookie?: boolean;
        };
        /**
         * EnrolmentBody
         * @description A code to show to the patient. It is shown this once, counts once, and until `expires_at`.
         */
        EnrolmentBody: {
            /** Id */
            id: string;
            /** Code */
            code: string;
            /** Subject Ref */
            subject_ref: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
        };
        /**
         * ErasureBody
         * @description What is left of a case. The rows were blanked and deleted at `requested_at`.
         */
        ErasureBody: {
            /** Case Id */
            case_id: string;
            /**
             * Requested At
             * Format: date-time
             */
            requested_at: string;
            /**
             * Objects Removed At
             * @description When photo and pictures had been removed from the store
             */
            objects_removed_at: string | null;
            /**
             * Proved At
             * @description When the store was found empty of it, after any worker that still held it must have given up
             */
            proved_at: string | null;
        };
        /**
         * Estimate
         * @description Seconds on the device and by the clock; null where nothing was measured.
         */
        Estimate: {
            /** Device Seconds */
            device_seconds: number | null;
            /** Wall S */
            wall_s: number | null;
            basis: components["schemas"]["EstimateBasis"] | null;
        };
        /**
         * EstimateBasis
         * @description What was measured: recent results of the target model, or of any model where it has none.
         */
        EstimateBasis: {
            /** Of Target Model */
            of_target_model: boolean;
            /** Results */
            results: number;
            /** Device Ms Per Photo */
            device_ms_per_photo: number | null;
            /** Photos Per S */
            photos_per_s: number | null;
        };
        /**
         * EventBody
         * @description One visible change of a case: the one that made `version`. Never changed afterwards.
         */
        EventBody: {
            /** Id */
            id: string;
            type: components["schemas"]["EventType"];
            /** Case Id */
            case_id: string;
            /** Version */
            version: number;
            state: components["schemas"]["CaseState"];
            /** Run Id */
            run_id: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
        };
        /**
         * EventPage
         * @description Oldest first.
         */
        EventPage: {
            /** Items */
            items: components["schemas"]["EventBody"][];
            /**
             * Next After Version
             * @description `after_version` of the next page; null on the last one
             */
            next_after_version: number | null;
        };
        /**
         * EventType
         * @description One event for each visible change of a case, and for what happens to a clinic's campaigns and endpoints.
         * @enum {string}
         */
        EventType: "case.accepted" | "case.processing" | "case.completed" | "case.rejected" | "case.failed" | "case.canceled" | "case.expired" | "case.erased" | "result.superseded" | "rerun.completed" | "endpoint.disabled" | "endpoint.test";
        /**
         * Explanation
         * @description What the map shows. `empty` means that nothing speaks for the class, which is a valid answer.
         */
        Explanation: {
            /** Method */
            method: string;
            /** Layer */
            layer: string;
            target_class: components["schemas"]["LesionClass"];
            peak: components["schemas"]["Peak"] | null;
            /** Empty */
            empty: boolean;
            /** Sentence */
            sentence: string;
            /** @description Measured for a sample, and on request */
            faithfulness: components["schemas"]["Faithfulness"] | null;
        };
        /**
         * Failure
         * @description The photo could not be worked on.
         */
        Failure: {
            /** Code */
            code: string;
            /** Detail */
            detail: string;
            /** Attempts */
            attempts: number;
        };
        /**
         * Faithfulness
         * @description Areas under the class's probability as pixels are taken away (deletion) or shown (insertion), strongest first.
         *
         *     From 0 to 1, in twenty steps over a blurred photo (arXiv 1806.07421). A map that explains the answer has a smaller
         *     deletion and a larger insertion than a random one. `whole` and `blurred`: the probability at both ends.
         */
        Faithfulness: {
            /** Deletion */
            deletion: number;
            /** Insertion */
            insertion: number;
            /** Random Deletion */
            random_deletion: number;
            /** Random Insertion */
            random_insertion: number;
            /** Whole */
            whole: number;
            /** Blurred */
            blurred: number;
        };
        /**
         * FieldError
         * @description One field that does not fit. The value itself is never repeated.
         */
        FieldError: {
            /** Loc */
            loc: string[];
            /** Code */
            code: string;
            /** Message */
            message: string;
        };
        /**
         * GivenConsent
         * @description That the subject of a photo has agreed to a text.
         */
        GivenConsent: {
            /**
             * Text Version
             * @description The clinic's own name for the text that was shown
             */
            text_version: string;
            /**
             * Given At
             * @description RFC 3339, with an offset; default: now. Say it where the photo may be sent later
             * @default null
             */
            given_at?: string | null;
        };
        /**
         * KeyLine
         * @description One key in a list: everything but the key.
         */
        KeyLine: {
            /** Key Id */
            key_id: string;
            /** Name */
            name: string;
            /** Clinic Id */
            clinic_id: string | null;
            /** Clinic */
            clinic: string | null;
            /** Scopes */
            scopes: string[];
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /** Revoked At */
            revoked_at: string | null;
            /** Last Used At */
            last_used_at: string | null;
        };
        /** KeyList */
        KeyList: {
            /** Items */
            items: components["schemas"]["KeyLine"][];
        };
        /**
         * LesionClass
         * @description The seven diagnostic classes of ISIC 2018 task 3, in the order of every logit and map that we store.
         * @enum {string}
         */
        LesionClass: "akiec" | "bcc" | "bkl" | "df" | "mel" | "nv" | "vasc";
        /**
         * Links
         * @description Paths on this server; null while there is nothing behind them.
         */
        Links: {
            /** Self */
            self: string;
            /** Runs */
            runs: string;
            /** Image */
            image: string | null;
            /** Heatmap */
            heatmap: string | null;
            /** Layer */
            layer: string | null;
            /** Overlay */
            overlay: string | null;
        };
        /**
         * MeBody
         * @description Who calls, and what that may do.
         */
        MeBody: {
            kind: components["schemas"]["CallerKind"];
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
            /** @description Null for operators, who belong to none */
            clinic: components["schemas"]["OwnClinic"] | null;
            /** Device Id */
            device_id: string | null;
            /**
             * Subject Ref
             * @description The one subject whose cases a device sees; null for keys
             */
            subject_ref: string | null;
            /**
             * Expires At
             * @description When the key or the access token ends; null for never
             */
            expires_at: string | null;
        };
        /**
         * Measured
         * @description One measured number. `low` and `high` are a 95 % interval, null where none was computed.
         */
        Measured: {
            /** Name */
            name: string;
            /** Dataset */
            dataset: string;
            /** Images */
            images: number;
            /** Value */
            value: number;
            /** Low */
            low: number | null;
            /** High */
            high: number | null;
        };
        /**
         * Metadata
         * @description The optional part `metadata` of a submission, as JSON. Unknown fields are refused.
         */
        Metadata: {
            /**
             * Client Ref
             * @description Your own name for this photo; need not be unique
             * @default null
             */
            client_ref?: string | null;
            /**
             * Subject Ref
             * @description A pseudonym of the patient, never a name
             * @default null
             */
            subject_ref?: string | null;
            /**
             * Lesion Ref
             * @description The same lesion over time
             * @default null
             */
            lesion_ref?: string | null;
            /**
             * Body Site
             * @default null
             */
            body_site?: string | null;
            /**
             * Age
             * @default null
             */
            age?: number | null;
            /** @default null */
            sex?: components["schemas"]["Sex"] | null;
            /**
             * Captured At
             * @description RFC 3339, with an offset
             * @default null
             */
            captured_at?: string | null;
            /** @default unknown */
            modality?: components["schemas"]["Modality"];
            /**
             * Deadline S
             * @description Give up where the photo is not done after so many seconds; default: never
             * @default null
             */
            deadline_s?: number | null;
            /**
             * Measure Faithfulness
             * @description Also measure how far the map explains the answer; the result comes a second later
             * @default false
             */
            measure_faithfulness?: boolean;
            /**
             * @description That the subject has agreed to be screened: recorded for `subject_ref`, or for this photo alone
             * @default null
             */
            consent?: components["schemas"]["GivenConsent"] | null;
        };
        /**
         * Modality
         * @description How the photo was taken.
         * @enum {string}
         */
        Modality: "dermoscopy" | "clinical" | "unknown";
        /**
         * ModelBody
         * @description A model and what its manifest says. `active_model_id`: the one that new cases are given to at this moment.
         */
        ModelBody: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Version */
            version: string;
            state: components["schemas"]["ModelState"];
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Activated At */
            activated_at: string | null;
            /** Retired At */
            retired_at: string | null;
            /** Active Model Id */
            active_model_id: string | null;
            /** Status */
            status: string;
            /** Intended Use */
            intended_use: string;
            /** Modalities */
            modalities: components["schemas"]["Modality"][];
            /** Architecture */
            architecture: string;
            /** Head */
            head: string;
            /**
             * Input Size
             * @description Pixels on each side of what the network sees
             */
            input_size: number;
            /** Labels */
            labels: components["schemas"]["LesionClass"][];
            /** Malignant Labels */
            malignant_labels: components["schemas"]["LesionClass"][];
            /** Temperature */
            temperature: number;
            thresholds: components["schemas"]["shared__contracts__manifest__Thresholds"];
            out_of_distribution: components["schemas"]["shared__contracts__manifest__OutOfDistribution"] | null;
            /**
             * Backends
             * @description What it was compared with the reference on; workers take nothing else
             */
            backends: string[];
            /** Metrics */
            metrics: components["schemas"]["Measured"][];
            /** Training Data */
            training_data: components["schemas"]["TrainingData"][];
            /** Weights Sha256 */
            weights_sha256: string;
            /** Weights Format */
            weights_format: string;
        };
        /**
         * ModelLine
         * @description A model in a list. `version` is the digest of its manifest.
         */
        ModelLine: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Version */
            version: string;
            state: components["schemas"]["ModelState"];
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Activated At */
            activated_at: string | null;
            /** Retired At */
            retired_at: string | null;
        };
        /**
         * ModelPage
         * @description Newest first. `next_cursor` is null on the last page.
         */
        ModelPage: {
            /** Items */
            items: components["schemas"]["ModelLine"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * ModelState
         * @enum {string}
         */
        ModelState: "candidate" | "active" | "retired";
        /** ModelUsed */
        ModelUsed: {
            /** Name */
            name: string;
            /** Version */
            version: string;
            /** Status */
            status: string;
            /** Weights Sha256 */
            weights_sha256: string;
            /** Preprocessing */
            preprocessing: string;
            /** Backend */
            backend: string;
        };
        /**
         * NewClinic
         * @description A clinic to be. Without numbers its keys may do what the settings allow everybody.
         */
        NewClinic: {
            /** Name */
            name: string;
            /**
             * Requests Per Minute
             * @default null
             */
            requests_per_minute?: number | null;
            /**
             * Photos Per Minute
             * @default null
             */
            photos_per_minute?: number | null;
            /**
             * Consent Required
             * @description Whether photos are taken only with the subject's consent; needs `consent_text_version`
             * @default false
             */
            consent_required?: boolean;
            /**
             * Consent Text Version
             * @description The text that subjects agree to, by a name of the clinic's
             * @default null
             */
            consent_text_version?: string | null;
            /**
             * Retention Days
             * @description Days after which a case that has ended is erased; null: kept until it is asked to be
             * @default null
             */
            retention_days?: number | null;
        };
        /**
         * NewConsent
         * @description A consent to be recorded.
         */
        NewConsent: {
            /**
             * Text Version
             * @description The clinic's own name for the text that was shown
             */
            text_version: string;
            /**
             * Given At
             * @description RFC 3339, with an offset; default: now. Say it where the photo may be sent later
             * @default null
             */
            given_at?: string | null;
            purpose: components["schemas"]["ConsentPurpose"];
        };
        /**
         * NewEndpoint
         * @description An endpoint to be.
         */
        NewEndpoint: {
            /**
             * Url
             * @description https, port 443 or 8443, without user and fragment
             */
            url: string;
            /**
             * Description
             * @default null
             */
            description?: string | null;
            /**
             * Event Types
             * @description What is sent; null is everything but `case.accepted`
             * @default null
             */
            event_types?: ("case.accepted" | "case.completed" | "case.rejected" | "case.failed" | "case.canceled" | "case.expired" | "case.erased" | "result.superseded" | "rerun.completed" | "endpoint.disabled")[] | null;
            /**
             * @description `thin` says where to read the result, `full` holds it, with your references
             * @default thin
             */
            payload?: components["schemas"]["PayloadKind"];
        };
        /**
         * NewEnrolment
         * @description A code to be.
         */
        NewEnrolment: {
            /**
             * Subject Ref
             * @description Whose cases the device may see and add to: your pseudonym, never a name
             */
            subject_ref: string;
            /**
             * Expires In S
             * @description Seconds for which the code counts
             * @default 900
             */
            expires_in_s?: number;
        };
        /**
         * NewKey
         * @description A key to be. `admin` is not for clinics.
         */
        NewKey: {
            /**
             * Name
             * @default key
             */
            name?: string;
            /**
             * Scopes
             * @default [
             *       "cases:write",
             *       "cases:read",
             *       "webhooks:manage"
             *     ]
             */
            scopes?: components["schemas"]["Scope"][];
            /**
             * Expires In Days
             * @description Without it the key does not expire
             * @default null
             */
            expires_in_days?: number | null;
        };
        /**
         * NewPlan
         * @description A campaign to be planned. Nothing runs before it is started.
         */
        NewPlan: {
            /** Target Model */
            target_model: string;
            /**
             * @default {
             *       "case_ids": null,
             *       "created_from": null,
             *       "created_until": null,
             *       "model_version": null,
             *       "decision": null,
             *       "label": null,
             *       "clinic_id": null,
             *       "sample": null,
             *       "seed": 0
             *     }
             */
            selector?: components["schemas"]["Selector"];
            /** @default missing */
            reprocess?: components["schemas"]["Reprocess"];
            /**
             * Max Active
             * @description Most runs queued or at work at one time
             * @default 32
             */
            max_active?: number;
            /** @default newest_first */
            order?: components["schemas"]["RerunOrder"];
            /**
             * @default {
             *       "failure_ratio": null
             *     }
             */
            stop_when?: components["schemas"]["StopWhen"];
            /**
             * Deadline
             * @description The campaign pauses at this time
             * @default null
             */
            deadline?: string | null;
            /**
             * Auto Promote
             * @description Publish the results at the end, within `max_flip_ratio`
             * @default false
             */
            auto_promote?: boolean;
            /**
             * Max Flip Ratio
             * @description Most changed decisions of those compared
             * @default null
             */
            max_flip_ratio?: number | null;
        };
        /**
         * NewUpload
         * @description A photo to come.
         */
        NewUpload: {
            /** @description What the form will be sent with as Content-Type */
            media_type: components["schemas"]["PhotoType"];
        };
        /**
         * Origin
         * @description What so many results of one side came from.
         */
        Origin: {
            /** Name */
            name: string | null;
            /** Version */
            version: string | null;
            /** Weights Sha256 */
            weights_sha256: string | null;
            /** Backend */
            backend: string | null;
            /** Backend Checked */
            backend_checked: string | null;
            /** Code Revision */
            code_revision: string | null;
            /** Results */
            results: number;
        };
        /** OwnClinic */
        OwnClinic: {
            /** Id */
            id: string;
            /** Name */
            name: string;
        };
        /**
         * PayloadKind
         * @description How much a webhook says: where to read the result, or the result itself.
         * @enum {string}
         */
        PayloadKind: "thin" | "full";
        /**
         * Peak
         * @description Where the evidence is strongest, in pixels of the stored photo; `value` in logits.
         */
        Peak: {
            /** X */
            x: number;
            /** Y */
            y: number;
            /** Value */
            value: number;
        };
        /**
         * Period
         * @description Events of this time: at `since` or later, and before `until`, which is now if it is left out.
         */
        Period: {
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /**
             * Until
             * @default null
             */
            until?: string | null;
        };
        /**
         * Phase
         * @description How far a case is, for a progress bar.
         * @enum {string}
         */
        Phase: "queued" | "inferring" | "done";
        /**
         * PhotoType
         * @description What we take, as its media type.
         * @enum {string}
         */
        PhotoType: "image/jpeg" | "image/png" | "image/webp" | "image/heic";
        /**
         * PlanBody
         * @description A plan. `sample_ids`: the first cases whose turn would come.
         */
        PlanBody: {
            /** Id */
            id: string;
            state: components["schemas"]["RerunState"];
            /** Clinic Id */
            clinic_id: string | null;
            target_model: components["schemas"]["TargetModel"];
            /**
             * Selector
             * @description As it was planned; of `case_ids` the number
             */
            selector: {
                [key: string]: unknown;
            };
            reprocess: components["schemas"]["Reprocess"];
            /** Max Active */
            max_active: number;
            order: components["schemas"]["RerunOrder"];
            /** Stop Failure Ratio */
            stop_failure_ratio: number | null;
            /** Deadline */
            deadline: string | null;
            /** Auto Promote */
            auto_promote: boolean;
            /** Max Flip Ratio */
            max_flip_ratio: number | null;
            counts: components["schemas"]["PlanCounts"] | null;
            estimate: components["schemas"]["Estimate"] | null;
            /** Digest */
            digest: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Started At */
            started_at: string | null;
            /** Finished At */
            finished_at: string | null;
            /** Stop Reason */
            stop_reason: string | null;
            /** Sample Ids */
            sample_ids: string[];
        };
        /**
         * PlanCounts
         * @description `not_found`: named case ids that no selected case has.
         */
        PlanCounts: {
            /** Selected */
            selected: number;
            /** Planned */
            planned: number;
            /** Skipped */
            skipped: {
                [key: string]: number;
            };
            /** Not Found */
            not_found: number;
        };
        /**
         * Problem
         * @description An RFC 9457 problem. `code` is stable; `title` and `detail` are for people.
         */
        Problem: {
            /** Type */
            type: string;
            /** Title */
            title: string;
            /** Status */
            status: number;
            /** Detail */
            detail: string;
            /** Instance */
            instance: string;
            /** Code */
            code: string;
            /** Request Id */
            request_id: string;
            /**
             * Errors
             * @default null
             */
            errors?: components["schemas"]["FieldError"][] | null;
        };
        /**
         * Progress
         * @description How far, and how long still: estimates, null where nobody can tell. Neither is covered by version and ETag.
         */
        Progress: {
            phase: components["schemas"]["Phase"];
            /**
             * Queue Position
             * @description Live photos before this one, while it waits
             */
            queue_position: number | null;
            /**
             * Estimated Wait S
             * @description Seconds until this photo is done, while it is open
             */
            estimated_wait_s: number | null;
            /**
             * Cancel Requested
             * @description Asked for while it is worked on; it ends canceled or, just done, done
             */
            cancel_requested: boolean;
        };
        /**
         * Promote
         * @description Which results to publish. Without `max_flip_ratio` the plan's counts, if it has one.
         */
        Promote: {
            scope: components["schemas"]["PromoteScope"];
            /**
             * Case Ids
             * @default null
             */
            case_ids?: string[] | null;
            /**
             * Max Flip Ratio
             * @description Most changed decisions of those compared
             * @default null
             */
            max_flip_ratio?: number | null;
        };
        /**
         * PromoteScope
         * @description Which results are to be published.
         * @enum {string}
         */
        PromoteScope: "all" | "agreeing" | "list";
        /**
         * Promoted
         * @description `left`: asked for, but published before, or without a result. `conflicts`: they publish something else by now.
         */
        Promoted: {
            /** Promoted */
            promoted: number;
            /** Conflicts */
            conflicts: number;
            /** Left */
            left: number;
        };
        /**
         * Promotion
         * @description What became of a campaign's result for one case.
         * @enum {string}
         */
        Promotion: "promoted" | "conflict" | "rolled_back";
        /**
         * Quality
         * @description What was measured before the model looked: of grey (0 to 255) in the centre square at 192 pixels a side.
         *
         *     Null where it was not measured, which is so for results of before it was.
         */
        Quality: {
            /** Accepted */
            accepted: boolean;
            /**
             * Short Side Px
             * @description Of the stored photo
             */
            short_side_px: number;
            /**
             * Sharpness
             * @description Variance of the 4-neighbour Laplacian, grey in percent of its mean
             */
            sharpness: number | null;
            /** Mean Grey */
            mean_grey: number | null;
            /**
             * Dark Share
             * @description Pixels with a grey below 15, 0 to 1
             */
            dark_share: number | null;
            /**
             * Glare Share
             * @description Pixels with a grey above 245, 0 to 1
             */
            glare_share: number | null;
            limits: components["schemas"]["QualityLimits"] | null;
        };
        /**
         * QualityLimits
         * @description What the model asks of a photo; null where it asks nothing.
         */
        QualityLimits: {
            /** Min Side Px */
            min_side_px: number;
            /** Min Sharpness */
            min_sharpness: number | null;
            /** Min Mean Grey */
            min_mean_grey: number | null;
            /** Max Dark Share */
            max_dark_share: number | null;
            /** Max Glare Share */
            max_glare_share: number | null;
        };
        /**
         * Readiness
         * @description `status` follows database and store alone; without a model or a broker photos are still answered for.
         */
        Readiness: {
            status: components["schemas"]["Condition"];
            database: components["schemas"]["Condition"];
            store: components["schemas"]["Condition"];
            broker: components["schemas"]["Condition"];
            /** Active Model */
            active_model: string | null;
            /** Workers */
            workers: components["schemas"]["WorkerCondition"][];
        };
        /**
         * Reason
         * @description Why: a stable code, and words for people.
         */
        Reason: {
            /** Code */
            code: string;
            /** Message */
            message: string;
        };
        /**
         * RefreshDevice
         * @description The refresh token; without it the cookie counts.
         */
        RefreshDevice: {
            /**
             * Refresh Token
             * @default null
             */
            refresh_token?: string | null;
        };
        /**
         * Rejection
         * @description The photo was looked at and refused: too blurred, too dark, not a lesion. There are no probabilities then.
         */
        Rejection: {
            /**
             * Reasons
             * @description All that apply: a photo may be too dark and too blurred at once
             */
            reasons: components["schemas"]["Reason"][];
            quality: components["schemas"]["Quality"];
        };
        /**
         * ReportBody
         * @description A campaign beside what its cases published when it was planned.
         */
        ReportBody: {
            rerun: components["schemas"]["RerunLine"];
            /** Notice */
            notice: string;
            /** Items */
            items: {
                [key: string]: number;
            };
            /** Skipped */
            skipped: {
                [key: string]: number;
            };
            /** Failures */
            failures: {
                [key: string]: number;
            };
            /** Promotions */
            promotions: {
                [key: string]: number;
            };
            /**
             * Compared
             * @description Cases with a result, or a refusal, on both sides
             */
            compared: number;
            /**
             * First Results
             * @description Cases that had none before
             */
            first_results: number;
            /**
             * Agreeing
             * @description Compared cases with the same decision and the same label
             */
            agreeing: number;
            /**
             * Agreement
             * @description Share of the compared cases with the same decision
             */
            agreement: number | null;
            /**
             * Flips
             * @description Compared cases with another decision
             */
            flips: number;
            /** Decisions */
            decisions: components["schemas"]["Change"][];
            /** Labels */
            labels: components["schemas"]["Change"][];
            /** @description Largest |after - before| over the labels of both */
            probability_shift: components["schemas"]["Distribution"] | null;
            /** @description After - before */
            malignancy_shift: components["schemas"]["Distribution"] | null;
            unmapped_labels: components["schemas"]["Unmapped"];
            /** Largest Shifts */
            largest_shifts: components["schemas"]["Shift"][];
            before: components["schemas"]["ReportSide"];
            after: components["schemas"]["ReportSide"];
            /** Backends Differ */
            backends_differ: boolean;
            /**
             * Other Backend
             * @description Compared cases whose two results come from two backends
             */
            other_backend: number;
        };
        /**
         * ReportSide
         * @description `device_seconds`: the network's share, null where no result says it.
         */
        ReportSide: {
            /** Device Seconds */
            device_seconds: number | null;
            /** Origins */
            origins: components["schemas"]["Origin"][];
        };
        /**
         * Reprocess
         * @description Which of the selected cases a campaign runs.
         * @enum {string}
         */
        Reprocess: "missing" | "failed" | "all";
        /**
         * RerunBody
         * @description A campaign and how far it has come. `progress`: the share of the planned cases that have ended.
         */
        RerunBody: {
            /** Id */
            id: string;
            state: components["schemas"]["RerunState"];
            /** Clinic Id */
            clinic_id: string | null;
            target_model: components["schemas"]["TargetModel"];
            /**
             * Selector
             * @description As it was planned; of `case_ids` the number
             */
            selector: {
                [key: string]: unknown;
            };
            reprocess: components["schemas"]["Reprocess"];
            /** Max Active */
            max_active: number;
            order: components["schemas"]["RerunOrder"];
            /** Stop Failure Ratio */
            stop_failure_ratio: number | null;
            /** Deadline */
            deadline: string | null;
            /** Auto Promote */
            auto_promote: boolean;
            /** Max Flip Ratio */
            max_flip_ratio: number | null;
            counts: components["schemas"]["PlanCounts"] | null;
            estimate: components["schemas"]["Estimate"] | null;
            /** Digest */
            digest: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Started At */
            started_at: string | null;
            /** Finished At */
            finished_at: string | null;
            /** Stop Reason */
            stop_reason: string | null;
            /** Items */
            items: {
                [key: string]: number;
            };
            /** Promotions */
            promotions: {
                [key: string]: number;
            };
            /**
             * Failures
             * @description Failed cases by the code of their run
             */
            failures: {
                [key: string]: number;
            };
            /** Progress */
            progress: number | null;
            /**
             * Eta S
             * @description Seconds until all have ended, by the pace of the last minutes
             */
            eta_s: number | null;
            /**
             * Gate Open
             * @description Whether bulk work is let in beside live work at this moment
             */
            gate_open: boolean;
            /** Live P95 S */
            live_p95_s: number | null;
        };
        /**
         * RerunCase
         * @description How to run one case again; without `target_model` on the active model.
         */
        RerunCase: {
            /**
             * Target Model
             * @default null
             */
            target_model?: string | null;
            /**
             * Promote
             * @description Publish the result once it is there, whatever it is
             * @default false
             */
            promote?: boolean;
        };
        /**
         * RerunItemState
         * @description Where one case of a campaign stands: as its run does, or why it has none.
         * @enum {string}
         */
        RerunItemState: "planned" | "queued" | "succeeded" | "rejected" | "failed" | "canceled" | "skipped";
        /**
         * RerunLine
         * @description A campaign. `clinic_id` is null for an operator's, `counts` and `digest` until its members are fixed.
         */
        RerunLine: {
            /** Id */
            id: string;
            state: components["schemas"]["RerunState"];
            /** Clinic Id */
            clinic_id: string | null;
            target_model: components["schemas"]["TargetModel"];
            /**
             * Selector
             * @description As it was planned; of `case_ids` the number
             */
            selector: {
                [key: string]: unknown;
            };
            reprocess: components["schemas"]["Reprocess"];
            /** Max Active */
            max_active: number;
            order: components["schemas"]["RerunOrder"];
            /** Stop Failure Ratio */
            stop_failure_ratio: number | null;
            /** Deadline */
            deadline: string | null;
            /** Auto Promote */
            auto_promote: boolean;
            /** Max Flip Ratio */
            max_flip_ratio: number | null;
            counts: components["schemas"]["PlanCounts"] | null;
            estimate: components["schemas"]["Estimate"] | null;
            /** Digest */
            digest: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Started At */
            started_at: string | null;
            /** Finished At */
            finished_at: string | null;
            /** Stop Reason */
            stop_reason: string | null;
        };
        /**
         * RerunOrder
         * @description Which cases come first.
         * @enum {string}
         */
        RerunOrder: "newest_first" | "oldest_first";
        /**
         * RerunPage
         * @description Newest first. `next_cursor` is null on the last page.
         */
        RerunPage: {
            /** Items */
            items: components["schemas"]["RerunLine"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * RerunState
         * @description Where a campaign stands. Its members are fixed in `planning`; they are run from `running` on.
         * @enum {string}
         */
        RerunState: "planning" | "planned" | "running" | "paused" | "canceling" | "canceled" | "finished" | "expired";
        /**
         * ResultBody
         * @description What a run found. Preliminary; to be reviewed by a clinician, as `notice` says in the model's own words.
         */
        ResultBody: {
            /** Run Id */
            run_id: string;
            decision: components["schemas"]["Decision"];
            /** Reasons */
            reasons: components["schemas"]["Reason"][];
            label: components["schemas"]["LesionClass"];
            /**
             * Probabilities
             * @description Seven classes, summing to 1 within 1e-6. Null for devices where the model was not validated for such a photo (`outside_validated_use`)
             */
            probabilities: {
                [key: string]: number;
            } | null;
            /**
             * Malignancy
             * @description Null where `probabilities` are
             */
            malignancy: number | null;
            thresholds: components["schemas"]["services__gateway__cases__schemas__Thresholds"];
            quality: components["schemas"]["Quality"];
            /** @description Null where the model does not measure it */
            out_of_distribution: components["schemas"]["services__gateway__cases__schemas__OutOfDistribution"] | null;
            explanation: components["schemas"]["Explanation"];
            model: components["schemas"]["ModelUsed"];
            /** Notice */
            notice: string;
        };
        /**
         * RevokedBecause
         * @description Why a device may call no more.
         * @enum {string}
         */
        RevokedBecause: "clinic" | "logout" | "reuse";
        /**
         * RollBack
         * @description Which promotions to take back; without `case_ids` all of them.
         */
        RollBack: {
            /**
             * Case Ids
             * @default null
             */
            case_ids?: string[] | null;
        };
        /**
         * RolledBack
         * @description `left`: asked for, but not promoted. `conflicts`: they were given yet another result since.
         */
        RolledBack: {
            /** Rolled Back */
            rolled_back: number;
            /** Conflicts */
            conflicts: number;
            /** Left */
            left: number;
        };
        /**
         * Rotation
         * @description How a key hands over to its successor.
         */
        Rotation: {
            /**
             * Overlap S
             * @description Seconds for which the old key counts
             * @default 0
             */
            overlap_s?: number;
            /**
             * Expires In Days
             * @description For the successor; without it, it does not expire
             * @default null
             */
            expires_in_days?: number | null;
        };
        /**
         * RunBody
         * @description One pass of one model over one case. Nothing of it changes once it has ended.
         */
        RunBody: {
            /** Id */
            id: string;
            /** Case Id */
            case_id: string;
            /** Model Version */
            model_version: string;
            state: components["schemas"]["RunState"];
            queue: components["schemas"]["RunQueue"];
            /** Published */
            published: boolean;
            /** Attempts */
            attempts: number;
            /**
             * Enqueued At
             * Format: date-time
             */
            enqueued_at: string;
            /** Started At */
            started_at: string | null;
            /** Finished At */
            finished_at: string | null;
            result: components["schemas"]["ResultBody"] | null;
            rejection: components["schemas"]["Rejection"] | null;
            error: components["schemas"]["Failure"] | null;
        };
        /**
         * RunList
         * @description All runs of a case, the first one first.
         */
        RunList: {
            /** Items */
            items: components["schemas"]["RunBody"][];
        };
        /**
         * RunQueue
         * @description Live work is claimed before bulk work.
         * @enum {string}
         */
        RunQueue: "live" | "bulk";
        /**
         * RunState
         * @description Where one model's pass over one photo stands.
         * @enum {string}
         */
        RunState: "queued" | "running" | "succeeded" | "rejected" | "failed" | "timed_out" | "canceled" | "expired";
        /**
         * Scope
         * @description What a key may do.
         * @enum {string}
         */
        Scope: "cases:write" | "cases:read" | "webhooks:manage" | "reruns:manage" | "models:manage" | "admin";
        /**
         * SecretLine
         * @description A secret that signs: everything but the secret. `expires_at` is null for the current one.
         */
        SecretLine: {
            /** Id */
            id: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
        };
        /**
         * SecretRotation
         * @description How a secret hands over to its successor.
         */
        SecretRotation: {
            /**
             * Overlap S
             * @description Seconds for which the old secret signs too
             * @default 86400
             */
            overlap_s?: number;
        };
        /**
         * Selector
         * @description Which cases; what is named narrows together, and nothing named is every case.
         */
        Selector: {
            /**
             * Case Ids
             * @default null
             */
            case_ids?: string[] | null;
            /**
             * Created From
             * @description Accepted at this time or later
             * @default null
             */
            created_from?: string | null;
            /**
             * Created Until
             * @description Accepted before this time
             * @default null
             */
            created_until?: string | null;
            /**
             * Model Version
             * @description Version of the model whose result is published
             * @default null
             */
            model_version?: string | null;
            /**
             * @description Decision of the published result
             * @default null
             */
            decision?: components["schemas"]["Decision"] | null;
            /**
             * @description Most likely class of the published result
             * @default null
             */
            label?: components["schemas"]["LesionClass"] | null;
            /**
             * Clinic Id
             * @description Cases of one clinic; for operators
             * @default null
             */
            clinic_id?: string | null;
            /**
             * Sample
             * @description So many of them, drawn by a hash of case and seed: always the same
             * @default null
             */
            sample?: number | null;
            /**
             * Seed
             * @default 0
             */
            seed?: number;
        };
        /**
         * SentAgain
         * @description How many deliveries are due now. `more`: the period may hold further ones; ask again for them.
         */
        SentAgain: {
            /** Count */
            count: number;
            /** More */
            more: boolean;
        };
        /**
         * Sex
         * @enum {string}
         */
        Sex: "female" | "male" | "other" | "unknown";
        /**
         * Shift
         * @description A case, and the largest change of a probability in it.
         */
        Shift: {
            /** Case Id */
            case_id: string;
            /** Label */
            label: string;
            /** Shift */
            shift: number;
            before: components["schemas"]["Verdict"];
            after: components["schemas"]["Verdict"];
        };
        /**
         * SignedIn
         * @description What a device calls with, and how it gets the next: the refresh token counts once, and is replaced by this one.
         *
         *     If no answer comes, send the same token again: it counts until its successor, or what came with that, was used.
         */
        SignedIn: {
            /** Device Id */
            device_id: string;
            /**
             * Access Token
             * @description To be sent as `Authorization: Bearer`
             */
            access_token: string;
            /**
             * Access Expires At
             * Format: date-time
             */
            access_expires_at: string;
            /**
             * Refresh Token
             * @description Null where it is in the cookie
             */
            refresh_token: string | null;
            /**
             * Refresh Expires At
             * Format: date-time
             */
            refresh_expires_at: string;
            /** Subject Ref */
            subject_ref: string;
            clinic: components["schemas"]["ClinicName"];
        };
        /**
         * SkipReason
         * @description Why a selected case is not run, when planned or once its turn has come.
         * @enum {string}
         */
        SkipReason: "already_has_run" | "in_flight" | "still_open" | "canceled" | "erased" | "consent_withdrawn" | "image_missing" | "not_failed";
        /**
         * StartRerun
         * @description Which plan to start. With `digest` only if it is the plan that was seen.
         */
        StartRerun: {
            /** Plan Id */
            plan_id: string;
            /**
             * Digest
             * @default null
             */
            digest?: string | null;
        };
        /**
         * StopWhen
         * @description When the campaign pauses by itself.
         */
        StopWhen: {
            /**
             * Failure Ratio
             * @description Failed of those that have ended
             * @default null
             */
            failure_ratio?: number | null;
        };
        /**
         * StoredImage
         * @description The photo as it is kept: upright, sRGB, without metadata.
         */
        StoredImage: {
            /** Sha256 */
            sha256: string;
            /** Width */
            width: number;
            /** Height */
            height: number;
            /** Media Type */
            media_type: string;
        };
        /**
         * SubjectErasureBody
         * @description What there was of a subject when its erasure was asked for, and what is left.
         *
         *     Nothing is taken for it meanwhile.
         */
        SubjectErasureBody: {
            /**
             * Requested At
             * Format: date-time
             */
            requested_at: string;
            /**
             * Cases
             * @description Cases that there were
             */
            cases: number;
            /**
             * Consents
             * @description Consents that there were
             */
            consents: number;
            /**
             * Cases Left
             * @description Cases still to be erased; they are, also without another call
             */
            cases_left: number;
            /**
             * Finished At
             * @description When rows and reference had gone; photos and pictures follow, as for each erased case
             */
            finished_at: string | null;
        };
        /**
         * TargetModel
         * @description The model that the campaign runs on.
         */
        TargetModel: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Version */
            version: string;
        };
        /**
         * TrainingData
         * @description What the weights have seen, and under which licence.
         */
        TrainingData: {
            /** Name */
            name: string;
            /** Licence */
            licence: string;
            /** Attribution */
            attribution: string;
            /** Images */
            images: number;
            /** Notes */
            notes: string;
        };
        /**
         * Unmapped
         * @description Labels that only one side has. `cases`: those whose label was one of them, so that it was not compared.
         */
        Unmapped: {
            /** Before */
            before: string[];
            /** After */
            after: string[];
            /** Cases */
            cases: number;
        };
        /**
         * UploadBody
         * @description Post `fields`, then the photo as `file`, to `url` as multipart/form-data before `expires_at`.
         */
        UploadBody: {
            /** Upload Id */
            upload_id: string;
            /** Url */
            url: string;
            /** Fields */
            fields: {
                [key: string]: string;
            };
            /** Max Bytes */
            max_bytes: number;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
        };
        /**
         * UploadedCase
         * @description A photo that was uploaded directly, with what may be said about any.
         */
        UploadedCase: {
            /**
             * Client Ref
             * @description Your own name for this photo; need not be unique
             * @default null
             */
            client_ref?: string | null;
            /**
             * Subject Ref
             * @description A pseudonym of the patient, never a name
             * @default null
             */
            subject_ref?: string | null;
            /**
             * Lesion Ref
             * @description The same lesion over time
             * @default null
             */
            lesion_ref?: string | null;
            /**
             * Body Site
             * @default null
             */
            body_site?: string | null;
            /**
             * Age
             * @default null
             */
            age?: number | null;
            /** @default null */
            sex?: components["schemas"]["Sex"] | null;
            /**
             * Captured At
             * @description RFC 3339, with an offset
             * @default null
             */
            captured_at?: string | null;
            /** @default unknown */
            modality?: components["schemas"]["Modality"];
            /**
             * Deadline S
             * @description Give up where the photo is not done after so many seconds; default: never
             * @default null
             */
            deadline_s?: number | null;
            /**
             * Measure Faithfulness
             * @description Also measure how far the map explains the answer; the result comes a second later
             * @default false
             */
            measure_faithfulness?: boolean;
            /**
             * @description That the subject has agreed to be screened: recorded for `subject_ref`, or for this photo alone
             * @default null
             */
            consent?: components["schemas"]["GivenConsent"] | null;
            /** Upload Id */
            upload_id: string;
        };
        /**
         * Verdict
         * @description One side of a case. A refusal has the decision `rejected` and nothing else.
         */
        Verdict: {
            /** Run Id */
            run_id: string;
            /** Decision */
            decision: string;
            /** Label */
            label: string | null;
            /** Malignancy */
            malignancy: number | null;
            /** Backend */
            backend: string | null;
        };
        /**
         * Violation
         * @description Something that must not be. `invariant` is a name of docs/architecture.md, or `stuck`.
         */
        Violation: {
            /** Invariant */
            invariant: string;
            /** Case Id */
            case_id: string | null;
            /** Detail */
            detail: string;
        };
        /**
         * Withdrawal
         * @description What is no longer agreed to.
         */
        Withdrawal: {
            purpose: components["schemas"]["ConsentPurpose"];
        };
        /**
         * WithdrawalBody
         * @description What a withdrawal has stopped.
         */
        WithdrawalBody: {
            purpose: components["schemas"]["ConsentPurpose"];
            /**
             * Withdrawn At
             * Format: date-time
             */
            withdrawn_at: string;
            /**
             * Cases Canceled
             * @description Open cases that were canceled by this call
             */
            cases_canceled: number;
            /**
             * Cases Ending
             * @description Cases at work that end canceled when their batch ends
             */
            cases_ending: number;
        };
        /**
         * WorkerCondition
         * @description `down`: it has neither claimed a photo nor looked for one for half a minute, whatever else it answers.
         */
        WorkerCondition: {
            /** Id */
            id: string;
            status: components["schemas"]["Condition"];
            /** Seconds Since Look */
            seconds_since_look: number;
        };
        /**
         * OutOfDistribution
         * @description How unlike the training photos it is, 1 being usual: from `soft` up it is `review`, from `hard` up no result.
         */
        services__gateway__cases__schemas__OutOfDistribution: {
            /** Score */
            score: number;
            /** Soft */
            soft: number;
            /** Hard */
            hard: number;
        };
        /**
         * Thresholds
         * @description Bounds of `malignancy`: at or above `refer` is `refer`, below `no_refer` is `no_refer`, between is `review`.
         */
        services__gateway__cases__schemas__Thresholds: {
            /** Refer */
            refer: number;
            /** No Refer */
            no_refer: number;
        };
        /**
         * OutOfDistribution
         * @description Limits of a distance on the body's features: from `soft` up review, from `hard` up no result.
         *
         *     `ppca`: a distance under probabilistic PCA with `components` directions; its statistics are tensors `ood.*` of the
         *     weights file. Over the photos that they were fitted on its mean square is 1.
         */
        shared__contracts__manifest__OutOfDistribution: {
            /**
             * Method
             * @constant
             */
            method: "ppca";
            /** Components */
            components: number;
            /** Soft */
            soft: number;
            /** Hard */
            hard: number;
            /** Rule */
            rule: string;
            /** Fitted On */
            fitted_on: string;
        };
        /**
         * Thresholds
         * @description Bands on the malignancy score: from `refer` up refer, below `no_refer` no_refer, between them review.
         */
        shared__contracts__manifest__Thresholds: {
            /** Refer */
            refer: number;
            /** No Refer */
            no_refer: number;
            /** Rule */
            rule: string;
            /** Fitted On */
            fitted_on: string;
            /**
             * Fitted At
             * Format: date
             */
            fitted_at: string;
            /** Preliminary */
            preliminary: boolean;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alive"];
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description Database or store cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
        };
    };
    list_cases: {
        parameters: {
            query?: {
                /** @description Most cases in the answer */
                limit?: number;
                /** @description `next_cursor` of the page before, with the same filters */
                cursor?: string | null;
                state?: components["schemas"]["CaseState"] | null;
                client_ref?: string | null;
                subject_ref?: string | null;
                lesion_ref?: string | null;
                /** @description Decision of the published result */
                decision?: components["schemas"]["Decision"] | null;
                /** @description Most likely class of the published result */
                label?: components["schemas"]["LesionClass"] | null;
                /** @description Accepted at this time or later */
                created_after?: string | null;
                /** @description Accepted before this time */
                created_before?: string | null;
                /** @description Last changed at this time or later; the list is then sorted by the last change */
                updated_after?: string | null;
                /** @description Last changed before this time */
                updated_before?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description The next page, as `rel="next"`; absent on the last */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CasePage"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    submit_case: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats within 24 hours get the first answer again */
                "idempotency-key"?: string | null;
                /** @description `wait=n`: hold the answer back for up to n seconds, 25 at most */
                prefer?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description JPEG, PNG, WebP or HEIC, at most 15 MB and 50 megapixels
                     */
                    image: Blob;
                    metadata?: components["schemas"]["Metadata"];
                };
                "application/json": components["schemas"]["UploadedCase"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    /** @description Path of the case */
                    Location?: string;
                    /** @description Weak tag of the version */
                    ETag?: string;
                    /** @description Seconds until asking is worth it */
                    "Retry-After"?: number;
                    /** @description `wait=n`, where the answer was ready to wait so long */
                    "Preference-Applied"?: string;
                    /** @description `true` where this answer was given before under the same key */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found; `direct_upload_off`: Direct upload is not offered here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_in_flight`: The same key is being worked on; `consent_required`: The subject's consent is required; `consent_withdrawn`: The subject has withdrawn its consent; `subject_being_erased`: The subject is being erased; `upload_consumed`: The upload was used before; `upload_missing`: Nothing was uploaded; `upload_changed`: The upload was replaced */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `malformed`: The request cannot be taken apart; `validation`: Some fields do not fit; `empty_body`: The photo is empty; `undecodable_image`: The photo cannot be read; `image_too_large`: The photo has too many pixels; `idempotency_key_reused`: The key was used for something else */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `backlog_full`: Too much is waiting; `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The object store cannot be reached; `database_unavailable`: The database cannot be reached; `no_active_model`: No model is active */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_upload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUpload"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `direct_upload_off`: Direct upload is not offered here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_lesion_cases: {
        parameters: {
            query?: {
                /** @description Most cases in the answer */
                limit?: number;
                /** @description `next_cursor` of the page before, with the same filters */
                cursor?: string | null;
            };
            header?: never;
            path: {
                lesion_ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description The next page, as `rel="next"`; absent on the last */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CasePage"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_case: {
        parameters: {
            query?: {
                /** @description With `Prefer: wait`: hold the answer until a later version */
                since_version?: number | null;
            };
            header?: {
                "if-none-match"?: string | null;
                /** @description `wait=n`: hold the answer back for up to n seconds, 25 at most */
                prefer?: string | null;
            };
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Weak tag of the version */
                    ETag?: string;
                    /** @description Seconds, while the case is open */
                    "Retry-After"?: number;
                    /** @description `wait=n`, where the answer was ready to wait so long */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseBody"];
                };
            };
            /** @description The version is still the one that was asked about */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `case_erased`: The case was erased */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    erase_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Weak tag of the version */
                    ETag?: string;
                    /** @description Seconds, while the case is open */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `already_terminal`: It has ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `case_erased`: The case was erased */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_events: {
        parameters: {
            query?: {
                /** @description Events beyond this version only */
                after_version?: number;
                /** @description Most events in one answer; not for streams */
                limit?: number;
            };
            header?: {
                /** @description `text/event-stream` for a stream */
                accept?: string;
                /** @description The last version that a stream told; before `after_version` */
                "last-event-id"?: number | null;
            };
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of events or, with `Accept: text/event-stream`, the stream of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                    "text/event-stream": string;
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `case_erased`: The case was erased */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_runs: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunList"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `case_erased`: The case was erased */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `case_erased`: The case was erased */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_image: {
        parameters: {
            query?: never;
            header?: {
                "if-none-match"?: string | null;
            };
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": Blob;
                    "image/png": Blob;
                };
            };
            /** @description The picture is still the one that was asked about */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found; `artifact_not_ready`: There is no such picture of this case */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `case_erased`: The case was erased */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The object store cannot be reached; `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_heatmap: {
        parameters: {
            query?: {
                /** @description Default: the class that the result explains */
                class?: components["schemas"]["LesionClass"] | null;
                /** @description Show what speaks for the class rather than for this one: a contrast */
                against?: components["schemas"]["LesionClass"] | null;
            };
            header?: {
                accept?: string;
                "if-none-match"?: string | null;
            };
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": Blob;
                    "application/x-npy": Blob;
                };
            };
            /** @description The picture is still the one that was asked about */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found; `artifact_not_ready`: There is no such picture of this case */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `case_erased`: The case was erased */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The object store cannot be reached; `database_unavailable`: The database cannot be reached; `busy`: All places are taken */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_layer: {
        parameters: {
            query?: {
                /** @description Default: the class that the result explains */
                class?: components["schemas"]["LesionClass"] | null;
                /** @description Show what speaks for the class rather than for this one: a contrast */
                against?: components["schemas"]["LesionClass"] | null;
                colormap?: components["schemas"]["Colormap"];
            };
            header?: {
                "if-none-match"?: string | null;
            };
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": Blob;
                };
            };
            /** @description The picture is still the one that was asked about */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found; `artifact_not_ready`: There is no such picture of this case */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `case_erased`: The case was erased */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The object store cannot be reached; `database_unavailable`: The database cannot be reached; `busy`: All places are taken */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_overlay: {
        parameters: {
            query?: {
                /** @description Default: the class that the result explains */
                class?: components["schemas"]["LesionClass"] | null;
                /** @description Show what speaks for the class rather than for this one: a contrast */
                against?: components["schemas"]["LesionClass"] | null;
                alpha?: number;
            };
            header?: {
                "if-none-match"?: string | null;
            };
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": Blob;
                };
            };
            /** @description The picture is still the one that was asked about */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found; `artifact_not_ready`: There is no such picture of this case */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `case_erased`: The case was erased */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The object store cannot be reached; `database_unavailable`: The database cannot be reached; `busy`: All places are taken */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_consents: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                subject_ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsentList"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    record_consent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                subject_ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewConsent"];
            };
        };
        responses: {
            /** @description The subject's consent to this text stands already */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsentBody"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsentBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `consent_withdrawn`: The subject has withdrawn its consent; `subject_being_erased`: The subject is being erased */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdraw_consent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                subject_ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Withdrawal"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WithdrawalBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `subject_being_erased`: The subject is being erased */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_subject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                subject_ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A zip. One that broke off has no table of contents at its end, so that it does not open */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": Blob;
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `subject_being_erased`: The subject is being erased */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached; `store_unavailable`: The object store cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    erase_subject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                subject_ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubjectErasureBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    plan_rerun: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPlan"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    /** @description Path of the campaign */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit; `unknown_model`: No such model is registered; `empty_selection`: No case is selected */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_reruns: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description The next page, as `rel="next"`; absent on the last */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RerunPage"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_rerun: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartRerun"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    /** @description Path of the campaign */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RerunBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `plan_stale`: The plan is another one; `plan_unfinished`: The plan is not finished */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `plan_expired`: The plan was not started in time */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_rerun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rerun_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RerunBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pause_rerun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rerun_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RerunBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_running`: The campaign is not at work; `already_terminal`: It has ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume_rerun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rerun_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RerunBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_running`: The campaign is not at work; `already_terminal`: It has ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_rerun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rerun_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RerunBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_running`: The campaign is not at work; `already_terminal`: It has ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rerun_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RerunCase"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    /** @description Path of the campaign */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RerunBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `case_canceled`: The case was canceled; `case_open`: The case has not ended; `consent_withdrawn`: The subject has withdrawn its consent; `image_missing`: The photo is not stored; `run_in_flight`: A run of this model is under way */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `case_erased`: The case was erased */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit; `unknown_model`: No such model is registered */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached; `no_active_model`: No model is active */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    promote_rerun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rerun_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Promote"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Promoted"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_finished`: The campaign has not finished; `promotion_conflict`: The cases publish something else by now; `promotion_in_flight`: Another call is publishing or taking back; `flip_ratio_exceeded`: More decisions would change than is allowed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    roll_back_rerun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rerun_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RollBack"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolledBack"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_finished`: The campaign has not finished; `promotion_conflict`: The cases publish something else by now; `promotion_in_flight`: Another call is publishing or taking back */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_rerun_report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rerun_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_rerun_report_csv: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rerun_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_rerun_report_page: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rerun_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_webhook_endpoints: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointList"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_webhook_endpoint: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEndpoint"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    /** @description Path of the endpoint */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointWithSecret"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_endpoints`: The clinic has as many endpoints as it may */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_webhook_endpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_webhook_endpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_webhook_endpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EndpointChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    enable_webhook_endpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    disable_webhook_endpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_webhook_secret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SecretRotation"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointWithSecret"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_deliveries: {
        parameters: {
            query?: {
                /** @description Most deliveries in the answer */
                limit?: number;
                /** @description `next_cursor` of the page before, with the same filter */
                cursor?: string | null;
                state?: components["schemas"]["DeliveryState"] | null;
            };
            header?: never;
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description The next page, as `rel="next"`; absent on the last */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryPage"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_delivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryDetail"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redeliver: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `endpoint_disabled`: The endpoint is disabled; `delivery_under_way`: The delivery has not ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    send_webhook_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `endpoint_disabled`: The endpoint is disabled */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    recover_deliveries: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Period"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SentAgain"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `endpoint_disabled`: The endpoint is disabled */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replay_missing_deliveries: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Period"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SentAgain"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `endpoint_disabled`: The endpoint is disabled */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_audit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_access_log: {
        parameters: {
            query?: {
                /** @description Most rows in the answer */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string | null;
                /** @description What was done with this case; an erased one too */
                case_id?: string | null;
                /** @description What this key was used for */
                key_id?: string | null;
                /** @description At this time or later */
                since?: string | null;
                /** @description Before this time */
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description The next page, as `rel="next"`; absent on the last */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessPage"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_models: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description The next page, as `rel="next"`; absent on the last */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelPage"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    register_model: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description `manifest.json`
                     */
                    manifest: Blob;
                    /**
                     * Format: binary
                     * @description The safetensors file whose sha256 the manifest names; at most 200 MB
                     */
                    weights: Blob;
                    /**
                     * Format: binary
                     * @description `MODEL_CARD.md`
                     */
                    card?: Blob;
                };
            };
        };
        responses: {
            /** @description It was registered before */
            200: {
                headers: {
                    /** @description Path of the model */
                    Location?: string;
                    /** @description Tag of the registry: changes with every activation */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelBody"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    /** @description Path of the model */
                    Location?: string;
                    /** @description Tag of the registry: changes with every activation */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit; `malformed`: The request cannot be taken apart; `weights_mismatch`: The weights are not those of the manifest; `weights_invalid`: The weights are no safetensors file */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached; `store_unavailable`: The object store cannot be reached; `busy`: All places are taken */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Tag of the registry: changes with every activation */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_model_card: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/markdown": string;
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached; `store_unavailable`: The object store cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    activate_model: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of any model, as last seen: what was active then has to be so still */
                "if-match"?: string | null;
            };
            path: {
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Tag of the registry: changes with every activation */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_mismatch`: It has changed meanwhile */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_required`: If-Match is required */
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retire_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Tag of the registry: changes with every activation */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `model_active`: The model is active */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_clinics: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description The next page, as `rel="next"`; absent on the last */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClinicPage"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_clinic: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewClinic"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    /** @description Path of the clinic */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClinicBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_clinic: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                clinic_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClinicBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_clinic: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                clinic_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClinicChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClinicBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_keys: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                clinic_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyList"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                clinic_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewKey"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedKey"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedKey"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyLine"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_enrolment: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEnrolment"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `subject_being_erased`: The subject is being erased */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    enrol_device: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnrolDevice"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    /** @description The refresh token, for browsers */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description `enrolment_refused`: The code does not count */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refresh_device: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshDevice"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description The refresh token, for browsers */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description `unauthenticated`: A valid key is required; `refresh_reused`: The token was used before */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The body came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media`: Not a kind of file that is taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    log_out_device: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    /** @description The refresh token, for browsers */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_devices: {
        parameters: {
            query?: {
                /** @description Of this subject only */
                subject_ref?: string | null;
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description The next page, as `rel="next"`; absent on the last */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DevicePage"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_device: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                device_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: Some fields do not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeBody"];
                };
            };
            /** @description `unauthenticated`: A valid key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
